import { type ReactElement, type RefObject, useEffect, useRef, useState } from 'react';
import type { CommandId } from '../../../electron/contract/commands/commands.ts';
import type { Client } from '../../../electron/contract/contract.ts';
import type { VmId } from '../../../electron/contract/machine.ts';
import { printableLine } from '../../../electron/contract/printable.ts';
import { shell } from '../../client/shell.ts';
import { type ConsoleActions, consoleCommands, type ConsoleState } from '../../commands/console-commands.ts';
import { stateOf } from '../../words/state-words.ts';
import { recall, remember, type Remembered } from './console-memory.ts';
import './console.css';
import { ConsoleToolbar } from './console-toolbar.tsx';
import { setFullScreen, useFullScreen } from './full-screen.ts';
import { GuestFilesPanel } from './guest-files-panel.tsx';
import { NativeMenu } from './native-menu.tsx';
import { NativePane } from './native-pane.tsx';
import { pictureOf } from './save-picture.ts';
import { ScreenOverlay } from './screen-overlay.tsx';
import { ScreenPane, useKeptPicture } from './screen-pane.tsx';
import type { ScreenSession } from './screen-session.ts';
import type { SerialPaneHandle } from './serial-pane.tsx';
import { SerialPart } from './serial-part.tsx';
import { StatusBar } from './status-bar.tsx';
import { TypeTextSheet } from './type-text-sheet.tsx';
import { type CaptureHandlers, useCapture } from './use-capture.ts';
import { isKeyOf, useConsoleKeys } from './use-console-keys.ts';
import { type Console, useConsole } from './use-console.ts';
import { useScreenActions } from './use-screen-actions.ts';
import { useVerbs } from './use-verbs.ts';
import { VerbBanner, VerbQuestion } from './verb-dialogs.tsx';

/** The chord that gives the keyboard back, as it is written here. */
const releaseKeys = shell().platform === 'darwin' ? '⌃⌥' : 'Ctrl+Alt';

/** The window of one machine: its screen, its serial port, its verbs. `name` is what it is called until it is known. */
export function ConsolePage({ client, id, name }: { client: Client; id: VmId; name: string }): ReactElement {
  const console = useConsole(client, id);
  const { view, machine, screen, native, over } = console;
  const isNative = over.kind !== 'remote';
  const vm = console.known.machine.kind === 'there' ? console.known.machine.vm : undefined;
  const title = vm?.name ?? name;
  const verbs = useVerbs(client, id, (reply) => console.follower.take(reply));
  const actions = useScreenActions(screen, title, () => (isNative ? pictureOf(client, id) : screen.picture()));
  const [left, setLeft] = useRemembered(id, screen);
  const [isTyping, setIsTyping] = useState(false);
  const isFull = useFullScreen();
  const frame = useRef<HTMLDivElement>(null);
  const serial = useRef<SerialPaneHandle>(null);
  const isLive = view.kind === 'live';
  const isSerialOpen = left.serial || view.kind === 'noDisplay';

  const release = (): void => {
    if (isNative) native.takeKeyboard();
    frame.current?.focus();
  };
  const toggleFullScreen = (): void => setFullScreen(!isFull);
  const toggleSerial = (): void => setLeft({ ...left, serial: !left.serial });
  const { captured: isCanvasCaptured, handlers } = useCapture(
    screen,
    (event) => {
      const isOurs = isKeyOf('view.fullScreen', event);
      if (isOurs) toggleFullScreen();
      return isOurs;
    },
    release,
  );
  const captured = isNative ? over.kind === 'shown' && over.hasKeyboard : isCanvasCaptured;
  useEffect(() => {
    native.setOptions({ refits: left.refits, capturesSystemKeys: left.systemKeys });
  }, [native, left.refits, left.systemKeys]);
  useEffect(() => {
    document.title = `${printableLine(title)} · Tatin`;
  }, [title]);
  useEffect(() => {
    // What is paused or gone takes no keys, and the buttons over it must be in reach.
    if (!isLive && captured) frame.current?.focus();
  }, [isLive, captured]);

  const takesKeys = isLive && !isNative;
  const state: ConsoleState = { vm, takesKeys, captured, isSerialOpen };
  const pageActions: ConsoleActions = {
    ...{ toggleSerial, toggleFullScreen, release },
    askFor: verbs.ask,
    find: () => serial.current?.find(),
    sendCtrlAltDelete: actions.sendCtrlAltDelete,
    openLibrary: () => shell().openLibrary(),
    copyText: (text) => void navigator.clipboard.writeText(text),
  };
  const enabled = consoleCommands.filter((command) => command.when(state));
  const run = (id: CommandId): void =>
    enabled.find((command) => command.id === id)?.perform({ ...state, ...pageActions });
  useConsoleKeys(
    enabled.map((command) => command.id),
    run,
  );

  // A native screen that is hidden leaves no picture behind.
  const wantsKept = isNative ? !isLive : !console.isOurs && console.picture.lastPicture === undefined;
  const kept = useKeptPicture(client, machine, wantsKept);
  return (
    <div className="console">
      <ConsoleToolbar
        vm={vm}
        name={title}
        enabled={enabled}
        isLive={isLive}
        takesKeys={takesKeys}
        isBusy={verbs.isBusy || console.known.connection !== 'connected'}
        isSerialOpen={isSerialOpen}
        actions={{ ...actions, run, onTypeText: () => setIsTyping(true) }}
      />
      <VerbBanner verbs={verbs} warning={machine?.state.phase === 'running' ? machine.state.warning : undefined} />
      {view.kind === 'noDisplay' ? (
        <p className="banner">This machine has no display; its serial console is below.</p>
      ) : (
        <Pane
          console={console}
          lastPicture={console.picture.lastPicture ?? kept}
          label={`${title}, ${vm === undefined ? 'unknown' : stateOf(vm).word.toLowerCase()}`}
          captured={captured}
          handlers={handlers}
          frame={frame}
        >
          <ScreenOverlay view={view} isBusy={verbs.isBusy} run={run} onReconnect={() => console.retry()} />
        </Pane>
      )}
      {isSerialOpen ? (
        <SerialPart console={console} left={left} fills={view.kind === 'noDisplay'} onLeft={setLeft} handle={serial} />
      ) : null}
      <StatusBar
        client={client}
        machine={machine}
        isOurs={console.isOurs}
        picture={console.picture}
        isLive={isLive}
        captured={captured}
        releaseKeys={releaseKeys}
        notice={actions.notice}
        size={over.kind === 'shown' ? over.size : console.picture.size}
        screenMenu={
          isNative ? (
            <NativeMenu
              refits={left.refits}
              capturesSystemKeys={left.systemKeys}
              onRefits={(refits) => setLeft({ ...left, refits })}
              onSystemKeys={(systemKeys) => setLeft({ ...left, systemKeys })}
            />
          ) : undefined
        }
        onScaling={(scaling) => setLeft({ ...left, scaling })}
      />
      <GuestFilesPanel
        client={client}
        id={id}
        name={title}
        isWanted={console.isOurs && machine?.state.phase === 'running'}
      />
      {isTyping ? <TypeTextSheet screen={screen} onClose={() => setIsTyping(false)} /> : null}
      <VerbQuestion verbs={verbs} name={title} />
    </div>
  );
}

/** The screen as it comes here: laid over the page by macOS, or drawn in it from a channel. */
function Pane({
  console: { native, over, view, screen, isOurs },
  captured,
  handlers,
  ...rest
}: {
  console: Console;
  lastPicture: string | undefined;
  label: string;
  captured: boolean;
  handlers: CaptureHandlers;
  frame: RefObject<HTMLDivElement | null>;
  children: ReactElement;
}): ReactElement {
  return over.kind === 'remote' ? (
    <ScreenPane {...{ screen, view, captured, releaseKeys, handlers }} {...rest} />
  ) : (
    <NativePane session={native} view={view} isWanted={isOurs} {...rest} />
  );
}

/** How the console was left, applied to the screen now and kept for the next time. */
function useRemembered(id: VmId, screen: ScreenSession): [Remembered, (left: Remembered) => void] {
  const [left, setLeft] = useState(() => recall(id));
  useEffect(() => {
    screen.setScaling(left.scaling);
  }, [screen, left.scaling]);
  const change = (changed: Remembered): void => {
    setLeft(changed);
    remember(id, changed);
  };
  return [left, change];
}
