import { type ReactElement, useEffect, useRef, useState } from 'react';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import { isAlive } from '../../../electron/contract/verbs.ts';
import { Icon } from '../../components/icon.tsx';
import { useApp } from '../../state/app.tsx';
import { stateOf } from '../../words/state-words.ts';

/** Between two pictures of a running machine, in milliseconds. */
const pictureIntervalMs = 5_000;

/** Whether an element is on the screen, of a page that is looked at. */
function useIsSeen(): [React.RefObject<HTMLDivElement | null>, boolean] {
  const element = useRef<HTMLDivElement>(null);
  const [isInView, setInView] = useState(false);
  const [isPageSeen, setPageSeen] = useState(!document.hidden);
  useEffect(() => {
    const onVisibility = (): void => setPageSeen(!document.hidden);
    document.addEventListener('visibilitychange', onVisibility);
    const observer = new IntersectionObserver(([entry]) => setInView(entry?.isIntersecting === true));
    if (element.current !== null) observer.observe(element.current);
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      observer.disconnect();
    };
  }, []);
  return [element, isInView && isPageSeen];
}

/** The picture of a machine's screen: taken anew every few seconds while it runs and is seen, else the last one. */
function usePicture(vm: MachineVm, isSeen: boolean, maxWidth: number): string | undefined {
  const { client } = useApp();
  const [source, setSource] = useState<string>();
  const { id, pictureVersion } = vm;
  const isLive = isAlive(vm.state.phase);
  // A running machine is asked anyway; only of one that rests does the kept picture tell that it changed.
  const keptVersion = isLive ? undefined : pictureVersion;
  useEffect(() => {
    if (!isSeen) return;
    const controller = new AbortController();
    const take = async (): Promise<void> => {
      try {
        const picture = await client.call('vms.picture', { id, maxWidth }, { signal: controller.signal });
        if (picture !== null && !controller.signal.aborted) setSource(`data:image/png;base64,${picture.png}`);
      } catch {
        // The old picture stays until there is another.
      }
    };
    void take();
    const timer = isLive ? setInterval(() => void take(), pictureIntervalMs) : undefined;
    return () => {
      controller.abort();
      clearInterval(timer);
    };
  }, [client, id, isSeen, maxWidth, isLive, keptVersion]);
  return source;
}

/** A machine's screen, small: live, dimmed where it rests, or a place for it. */
export function ScreenPicture({ vm, maxWidth = 480 }: { vm: MachineVm; maxWidth?: number }): ReactElement {
  const [element, isSeen] = useIsSeen();
  const source = usePicture(vm, isSeen, maxWidth);
  const isLive = vm.state.phase === 'running';
  const label = `${vm.annotations.system === '' ? vm.name : vm.annotations.system}, ${stateOf(vm).word.toLowerCase()}`;
  return (
    <div ref={element} className="screen-picture" data-live={isLive || undefined} role="img" aria-label={label}>
      {source === undefined ? (
        <span className="no-picture">
          <Icon name="display" size={20} />
          <span>No picture yet</span>
        </span>
      ) : (
        <img src={source} alt="" draggable={false} />
      )}
    </div>
  );
}
