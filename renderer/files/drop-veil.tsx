import { type ReactElement, useEffect, useEffectEvent, useState } from 'react';
import { Icon } from '../components/icon.tsx';
import { bringsFiles, type Given, givenBy } from './given.ts';
import type { Shell } from '../../electron/contract/shell.ts';
import './files.css';

/**
 * Takes what is dropped anywhere on the page, and says while it is held over it what will happen. No file that is dropped
 * ever takes the page's place, as a browser would do, also where it is not wanted.
 */
export function DropVeil({
  shell,
  isWanted,
  title,
  text,
  onGiven,
}: {
  shell: Pick<Shell, 'pathOf'>;
  isWanted: boolean;
  /** What a drop does, given how many files are held. */
  title: (count: number) => string;
  text: (count: number) => string;
  onGiven: (given: readonly Given[]) => void;
}): ReactElement | null {
  const [count, setCount] = useState<number>();
  const take = useEffectEvent((transfer: DataTransfer) => {
    if (isWanted) onGiven(givenBy(transfer, shell));
  });
  const held = useEffectEvent((transfer: DataTransfer) => {
    transfer.dropEffect = isWanted ? 'copy' : 'none';
    setCount(isWanted ? [...transfer.items].filter(({ kind }) => kind === 'file').length : undefined);
  });
  useEffect(() => {
    const over = (event: DragEvent): void => {
      if (!bringsFiles(event.dataTransfer)) return;
      event.preventDefault();
      held(event.dataTransfer);
    };
    const leave = (event: DragEvent): void => {
      // Only leaving the page itself leads to nothing.
      if (event.relatedTarget === null) setCount(undefined);
    };
    const drop = (event: DragEvent): void => {
      setCount(undefined);
      if (!bringsFiles(event.dataTransfer) || event.defaultPrevented) return;
      event.preventDefault();
      take(event.dataTransfer);
    };
    // No pointer moves while something is dragged, so the drag ended elsewhere or was called off.
    const ended = (): void => setCount(undefined);
    window.addEventListener('pointermove', ended);
    window.addEventListener('dragover', over);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('pointermove', ended);
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, []);
  if (count === undefined) return null;
  return (
    <div className="drop-veil" role="status">
      <div>
        <Icon name="import" size={20} />
        <b>{title(count)}</b>
        <p>{text(count)}</p>
      </div>
    </div>
  );
}
