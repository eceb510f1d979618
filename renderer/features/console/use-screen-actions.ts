import { useRef, useState } from 'react';
import { type Chord, chords, strokesOfChord } from './chords.ts';
import { pictureName, saveFile } from './save-picture.ts';
import type { ScreenSession } from './screen-session.ts';

/** What can be done with a screen besides typing and pointing. */
export interface ScreenActions {
  /** What was just done: "Saved “demo.png”". */
  readonly notice: string;
  readonly sendChord: (chord: Chord) => void;
  readonly sendCtrlAltDelete: () => void;
  readonly savePicture: () => void;
  /** For the menu that chords are chosen from: the keyboard goes to the guest after one, else back to the menu's button. */
  readonly onMenuClosed: (event: Event) => void;
}

/** @param takePicture a PNG of the screen in the guest's pixels; undefined while there is none */
export function useScreenActions(
  screen: ScreenSession,
  title: string,
  takePicture: () => Promise<Blob | undefined>,
): ScreenActions {
  const [notice, setNotice] = useState('');
  const wasChordSent = useRef(false);
  const sendChord = (chord: Chord): void => {
    screen.send(strokesOfChord(chord));
    wasChordSent.current = true;
  };
  const savePicture = async (): Promise<void> => {
    const blob = await takePicture();
    if (blob === undefined) {
      setNotice('There is no picture of the screen now');
      return;
    }
    const fileName = pictureName(title, new Date());
    saveFile(blob, fileName);
    setNotice(`Saved “${fileName}”`);
  };
  return {
    notice,
    sendChord,
    sendCtrlAltDelete: () => {
      for (const chord of chords) if (chord.id === 'ctrl-alt-delete') screen.send(strokesOfChord(chord));
    },
    savePicture: () => void savePicture(),
    onMenuClosed: (event) => {
      if (!wasChordSent.current) return;
      wasChordSent.current = false;
      event.preventDefault();
      screen.focus();
    },
  };
}
