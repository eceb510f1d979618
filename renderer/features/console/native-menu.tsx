import { type ReactElement } from 'react';
import { Icon } from '../../components/icon.tsx';
import { Menu, MenuCheck, MenuChoice, MenuChoices, MenuSeparator } from '../../components/menu.tsx';

/** How the guest's display and the window's size go together, as it is chosen; null: as the machine's settings say. */
export type Refits = boolean | null;

const choices = [
  { value: 'settings', refits: null, title: 'As Set for This Machine' },
  { value: 'fit', refits: false, title: 'Fit the Window' },
  { value: 'guest', refits: true, title: 'Resize the Guest' },
] as const satisfies readonly { value: string; refits: Refits; title: string }[];

/** How a screen that macOS draws fits the window, and which keys are the guest's. */
export function NativeMenu({
  refits,
  capturesSystemKeys,
  onRefits,
  onSystemKeys,
}: {
  refits: Refits;
  capturesSystemKeys: boolean;
  onRefits: (refits: Refits) => void;
  onSystemKeys: (captured: boolean) => void;
}): ReactElement {
  const chosen = choices.find((choice) => choice.refits === refits) ?? choices[0];
  return (
    <Menu
      trigger={
        <button type="button" className="scale-button" aria-label={`Screen: ${chosen.title}`}>
          {chosen.title}
          <Icon name="up-down" size={12} />
        </button>
      }
    >
      <MenuChoices
        value={chosen.value}
        onValueChange={(value) => onRefits(choices.find((choice) => choice.value === value)?.refits ?? null)}
      >
        {choices.map(({ value, title }) => (
          <MenuChoice key={value} value={value}>
            {title}
          </MenuChoice>
        ))}
      </MenuChoices>
      <MenuSeparator />
      <MenuCheck checked={capturesSystemKeys} onCheckedChange={onSystemKeys}>
        System Keys Such as ⌘Tab Go to the Guest
      </MenuCheck>
    </Menu>
  );
}
