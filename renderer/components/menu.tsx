import { DropdownMenu } from 'radix-ui';
import type { ComponentProps, ReactElement, ReactNode } from 'react';
import { Icon } from './icon.tsx';
import './menu.css';

/** A menu below (or above) the button given as `trigger`. */
export function Menu({
  trigger,
  children,
  align = 'end',
  onOpenChange,
  onCloseAutoFocus,
}: {
  trigger: ReactElement;
  children: ReactNode;
  align?: 'start' | 'end';
  onOpenChange?: (isOpen: boolean) => void;
  onCloseAutoFocus?: (event: Event) => void;
}): ReactElement {
  return (
    <DropdownMenu.Root {...(onOpenChange === undefined ? {} : { onOpenChange })}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className="menu"
          align={align}
          sideOffset={4}
          collisionPadding={8}
          {...(onCloseAutoFocus === undefined ? {} : { onCloseAutoFocus })}
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** A command; `keys` is its shortcut as shown. */
export function MenuItem({
  keys,
  destructive = false,
  children,
  ...rest
}: {
  keys?: string | undefined;
  destructive?: boolean;
} & ComponentProps<typeof DropdownMenu.Item>): ReactElement {
  return (
    <DropdownMenu.Item className="menu-item" data-destructive={destructive || undefined} {...rest}>
      {children}
      {keys === undefined ? null : <span className="menu-keys">{keys}</span>}
    </DropdownMenu.Item>
  );
}

/** One of several choices, of which one is checked. */
export function MenuChoice({ children, ...rest }: ComponentProps<typeof DropdownMenu.RadioItem>): ReactElement {
  return (
    <DropdownMenu.RadioItem className="menu-item" {...rest}>
      <span className="menu-check">
        <DropdownMenu.ItemIndicator>
          <Icon name="check" />
        </DropdownMenu.ItemIndicator>
      </span>
      {children}
    </DropdownMenu.RadioItem>
  );
}

export const MenuChoices = DropdownMenu.RadioGroup;

/** Something that is on or off. */
export function MenuCheck({ children, ...rest }: ComponentProps<typeof DropdownMenu.CheckboxItem>): ReactElement {
  return (
    <DropdownMenu.CheckboxItem className="menu-item" {...rest}>
      <span className="menu-check">
        <DropdownMenu.ItemIndicator>
          <Icon name="check" />
        </DropdownMenu.ItemIndicator>
      </span>
      {children}
    </DropdownMenu.CheckboxItem>
  );
}

export function MenuHeading({ children }: { children: ReactNode }): ReactElement {
  return <DropdownMenu.Label className="menu-heading">{children}</DropdownMenu.Label>;
}

export function MenuSeparator(): ReactElement {
  return <DropdownMenu.Separator className="menu-separator" />;
}
