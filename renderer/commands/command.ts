import type { Command, CommandOfScope } from '../../electron/contract/commands/commands.ts';
import type { Image } from '../../electron/contract/images.ts';
import type { Vm } from '../../electron/contract/machine.ts';
import { allowedVerbs } from '../../electron/contract/verbs.ts';
import type { App } from '../state/app.tsx';

/** What a command is about to work on: the machines or the images that are chosen. */
export interface Chosen {
  readonly machines?: readonly Vm[];
  readonly images?: readonly Image[];
}

/** A command of the library window: what it is called, its keys, when it can be run, and what it does. */
export interface LibraryCommand extends Command {
  /** How many of the chosen it works on now; 0 for one that works on the app. */
  readonly countTargets: (app: App, chosen: Chosen) => number;
  /** Whether it can be run now. */
  readonly when: (app: App, chosen: Chosen) => boolean;
  /** Does it to those of the chosen that it works on. What fails is said in a toast; nothing is thrown. */
  readonly perform: (app: App, chosen: Chosen) => void;
}

/** A list that has something in it. */
type Targets<T> = readonly [T, ...T[]];

/** What is written of a command beside its entry in the table, by what it works on. */
interface ActionOfScope {
  app: { readonly when?: (app: App) => boolean; readonly perform: (app: App) => void };
  selection: ActionOn<Vm, Targets<Vm>>;
  one: ActionOn<Vm, Vm>;
  images: ActionOn<Image, Targets<Image>>;
  image: ActionOn<Image, Image>;
}
interface ActionOn<Thing, Given> {
  /** Whether it works on that one now; a machine must allow the command's verb as well. */
  readonly when?: (thing: Thing, app: App) => boolean;
  readonly perform: (app: App, given: Given) => void;
}
type LibraryScope = keyof ActionOfScope;

/** An action for each command of those scopes: one without is an error of type. */
export type Actions<S extends LibraryScope> = {
  readonly [C in CommandOfScope<S> as C['id']]: ActionOfScope[C['scope']];
};

/** A command that works on the app. */
export function appCommand(command: Command, { when, perform }: ActionOfScope['app']): LibraryCommand {
  return { ...command, countTargets: () => 0, when: (app) => when?.(app) ?? true, perform };
}

/** A command that works on the chosen machines. */
export function machinesCommand(command: Command, action: ActionOfScope['selection']): LibraryCommand {
  return targeted(command, (app, { machines = [] }) => machines.filter(worksOn(command, action, app)), action.perform);
}

/** A command that works on a machine if it alone is chosen. */
export function machineCommand(command: Command, action: ActionOfScope['one']): LibraryCommand {
  const targets = (app: App, { machines = [] }: Chosen): Vm[] =>
    machines.length === 1 ? machines.filter(worksOn(command, action, app)) : [];
  return targeted(command, targets, (app, [vm]) => action.perform(app, vm));
}

/** A command that works on the chosen images. */
export function imagesCommand(command: Command, { when, perform }: ActionOfScope['images']): LibraryCommand {
  const targets = (app: App, { images = [] }: Chosen): Image[] => images.filter((image) => when?.(image, app) ?? true);
  return targeted(command, targets, perform);
}

/** A command that works on an image if it alone is chosen. */
export function imageCommand(command: Command, { when, perform }: ActionOfScope['image']): LibraryCommand {
  const targets = (app: App, { images = [] }: Chosen): Image[] =>
    images.length === 1 ? images.filter((image) => when?.(image, app) ?? true) : [];
  return targeted(command, targets, (app, [image]) => perform(app, image));
}

function worksOn({ verb }: Command, { when }: Pick<ActionOfScope['one'], 'when'>, app: App): (vm: Vm) => boolean {
  return (vm) => (verb === undefined || allowedVerbs(vm).has(verb)) && (when?.(vm, app) ?? true);
}

function targeted<T>(
  command: Command,
  targetsOf: (app: App, chosen: Chosen) => readonly T[],
  perform: (app: App, targets: Targets<T>) => void,
): LibraryCommand {
  return {
    ...command,
    countTargets: (app, chosen) => targetsOf(app, chosen).length,
    when: (app, chosen) => targetsOf(app, chosen).length > 0,
    perform: (app, chosen) => {
      const [first, ...rest] = targetsOf(app, chosen);
      if (first !== undefined) perform(app, [first, ...rest]);
    },
  };
}
