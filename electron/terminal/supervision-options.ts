import { type Command, InvalidArgumentError, Option } from 'commander';
import { AppError } from '../contract/errors.ts';
import {
  type HealthCheck,
  type HealthSettings,
  healthSettingsSchema,
  type ScheduleEntry,
} from '../contract/supervision.ts';
import { parseHealthCheck, parseScheduleEntry } from '../contract/supervision-words.ts';
import type { AnnotationChanges, Annotations } from '../contract/machine.ts';
import { repeatable, wholeNumber } from './values.ts';

/** What `tatin set` says of how a machine is looked after. */
export interface SupervisionOptions {
  autostart?: 'on' | 'off';
  restart?: Annotations['restart'];
  health?: HealthCheck | 'off';
  healthInterval?: number;
  healthTimeout?: number;
  healthRetries?: number;
  healthStartPeriod?: number;
  healthOnFailure?: HealthSettings['onFailure'];
  schedule?: (ScheduleEntry | 'off')[];
}

const names: readonly (keyof SupervisionOptions)[] = [
  'autostart',
  'restart',
  'health',
  'healthInterval',
  'healthTimeout',
  'healthRetries',
  'healthStartPeriod',
  'healthOnFailure',
  'schedule',
];

/** Whether the option is one of these, which can change while the machine runs. */
export function isSupervisionOption(name: string): boolean {
  return names.some((known) => known === name);
}

const seconds = wholeNumber(1, 86_400);

/** Adds the options to a command; the words for health are those of containers. */
export function addSupervisionOptions(command: Command): Command {
  return command
    .addOption(new Option('--autostart <when>', 'Start it when Tatin starts').choices(['on', 'off']))
    .addOption(
      new Option('--restart <policy>', 'What happens when it ends without being asked').choices([
        'never',
        'on-failure',
        'always',
      ]),
    )
    .option('--health <check>', 'Find out whether it works: agent, tcp:PORT, http:PORT/PATH, or off', healthCheck)
    .option('--health-interval <seconds>', 'Between two checks (default: 30)', seconds)
    .option('--health-timeout <seconds>', 'How long an answer may take (default: 5)', wholeNumber(1, 600))
    .option('--health-retries <count>', 'Failures in a row until it is unhealthy (default: 3)', wholeNumber(1, 100))
    .option('--health-start-period <seconds>', 'Failures so soon do not count (default: 90)', wholeNumber(0, 86_400))
    .addOption(
      new Option('--health-on-failure <what>', 'What is done then (default: record)').choices(['record', 'restart']),
    )
    .option(
      '--schedule <entry>',
      'Do it at that time, e.g. "start mon-fri 08:00", "suspend daily 19:30", "shut-down sat 12:00"; repeatable; or off',
      repeatable(scheduleEntry),
    );
}

function healthCheck(text: string): HealthCheck | 'off' {
  const check = text === 'off' ? 'off' : parseHealthCheck(text);
  if (check === undefined) throw new InvalidArgumentError('It must look like agent, tcp:22, http:80/path or off.');
  return check;
}

function scheduleEntry(text: string): ScheduleEntry | 'off' {
  const entry = text === 'off' ? 'off' : parseScheduleEntry(text);
  if (entry === undefined)
    throw new InvalidArgumentError('It must look like "start mon-fri 08:00" or "suspend daily 19:30".');
  return entry;
}

/** What is to be changed, on top of what there is. @throws AppError `invalid-input` */
export function supervisionChanges(options: SupervisionOptions, before: Annotations): AnnotationChanges {
  const { autostart, restart } = options;
  const health = healthChange(options, before.health);
  const schedule = scheduleChange(options.schedule);
  return {
    ...(autostart === undefined ? {} : { autostart: autostart === 'on' }),
    ...(restart === undefined ? {} : { restart }),
    ...(health === undefined ? {} : { health }),
    ...(schedule === undefined ? {} : { schedule }),
  };
}

function healthChange(options: SupervisionOptions, before: HealthSettings | null): HealthSettings | null | undefined {
  const { health } = options;
  const measure = {
    ...(options.healthInterval === undefined ? {} : { intervalSeconds: options.healthInterval }),
    ...(options.healthTimeout === undefined ? {} : { timeoutSeconds: options.healthTimeout }),
    ...(options.healthRetries === undefined ? {} : { retries: options.healthRetries }),
    ...(options.healthStartPeriod === undefined ? {} : { startSeconds: options.healthStartPeriod }),
    ...(options.healthOnFailure === undefined ? {} : { onFailure: options.healthOnFailure }),
  };
  const hasMeasure = Object.keys(measure).length > 0;
  if (health === 'off') {
    if (hasMeasure) throw new AppError('invalid-input', '--health off leaves nothing to measure.');
    return null;
  }
  const check = health ?? before?.check;
  if (health === undefined && !hasMeasure) return undefined;
  if (check === undefined)
    throw new AppError('invalid-input', 'It has no health check yet.', { hint: 'Say which: --health agent.' });
  return healthSettingsSchema.parse({ ...before, ...measure, check });
}

function scheduleChange(requested: readonly (ScheduleEntry | 'off')[] | undefined): ScheduleEntry[] | undefined {
  if (requested === undefined) return undefined;
  const entries = requested.filter((entry) => entry !== 'off');
  if (entries.length > 0 && entries.length < requested.length)
    throw new AppError('invalid-input', '--schedule off and a schedule exclude each other.');
  return entries;
}
