import type { ReactElement, SVGProps } from 'react';

/** Line icons on a grid of 16: one path each, drawn with a stroke of 1.5. */
const paths = {
  camera:
    'M2 5.5c0-.7.6-1.25 1.25-1.25h1.5l1-1.5h4.5l1 1.5h1.5c.7 0 1.25.6 1.25 1.25V12c0 .7-.6 1.25-1.25 1.25h-9.5C2.6 13.25 2 12.7 2 12ZM10.25 8.5a2.25 2.25 0 1 1-4.5 0 2.25 2.25 0 0 1 4.5 0Z',
  check: 'm3.5 8.5 3 3 6-7',
  'chevron-down': 'm3.5 6 4.5 4.5L12.5 6',
  'chevron-right': 'm6 3.5 4.5 4.5L6 12.5',
  clipboard:
    'M4.5 3h7c.83 0 1.5.67 1.5 1.5v8c0 .83-.67 1.5-1.5 1.5h-7A1.5 1.5 0 0 1 3 12.5v-8C3 3.67 3.67 3 4.5 3ZM6 3V1.75h4V3',
  close: 'm4 4 8 8M12 4l-8 8',
  copy: 'M6.75 5.25h5.5c.83 0 1.5.67 1.5 1.5v5.5c0 .83-.67 1.5-1.5 1.5h-5.5c-.83 0-1.5-.67-1.5-1.5v-5.5c0-.83.67-1.5 1.5-1.5ZM3.3 10.7c-.6 0-1-.5-1-1V3.8c0-.8.7-1.5 1.5-1.5h5.9c.5 0 1 .4 1 1',
  download: 'M8 2v8.25M4.75 7.25 8 10.5l3.25-3.25M2.75 13.25h10.5',
  disc: 'M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0ZM9.75 8a1.75 1.75 0 1 1-3.5 0 1.75 1.75 0 0 1 3.5 0Z',
  display:
    'M3.25 2.75h9.5c.83 0 1.5.67 1.5 1.5v5.5c0 .83-.67 1.5-1.5 1.5h-9.5c-.83 0-1.5-.67-1.5-1.5v-5.5c0-.83.67-1.5 1.5-1.5ZM5.5 13.75h5',
  drive:
    'M3.25 9h9.5c.83 0 1.5.67 1.5 1.5V12c0 .83-.67 1.5-1.5 1.5h-9.5c-.83 0-1.5-.67-1.5-1.5v-1.5c0-.83.67-1.5 1.5-1.5ZM2.3 9l1.5-5.2c.2-.6.7-1.05 1.4-1.05h5.6c.7 0 1.2.4 1.4 1.05L13.7 9M11.5 11.25h.1',
  folder:
    'M1.75 4.25c0-.8.7-1.5 1.5-1.5h2.9l1.5 1.75h5.1c.8 0 1.5.7 1.5 1.5v5.75c0 .8-.7 1.5-1.5 1.5h-9.5c-.8 0-1.5-.7-1.5-1.5Z',
  'full-screen': 'M9.5 2.75h3.75V6.5M6.5 13.25H2.75V9.5M13 3 9.5 6.5M3 13l3.5-3.5',
  grid: 'M3.25 2.25h2.5c.55 0 1 .45 1 1v2.5c0 .55-.45 1-1 1h-2.5c-.55 0-1-.45-1-1v-2.5c0-.55.45-1 1-1ZM10.25 2.25h2.5c.55 0 1 .45 1 1v2.5c0 .55-.45 1-1 1h-2.5c-.55 0-1-.45-1-1v-2.5c0-.55.45-1 1-1ZM3.25 9.25h2.5c.55 0 1 .45 1 1v2.5c0 .55-.45 1-1 1h-2.5c-.55 0-1-.45-1-1v-2.5c0-.55.45-1 1-1ZM10.25 9.25h2.5c.55 0 1 .45 1 1v2.5c0 .55-.45 1-1 1h-2.5c-.55 0-1-.45-1-1v-2.5c0-.55.45-1 1-1Z',
  info: 'M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0ZM8 7.3v3.7M8 5v.1',
  inspector: 'M3.75 2.75h8.5a2 2 0 0 1 2 2v6.5a2 2 0 0 1-2 2h-8.5a2 2 0 0 1-2-2v-6.5a2 2 0 0 1 2-2ZM10 3v10',
  jobs: 'M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0ZM8 4.8V8l2.2 1.5',
  keyboard:
    'M3 4h10c.83 0 1.5.67 1.5 1.5V11c0 .83-.67 1.5-1.5 1.5H3A1.5 1.5 0 0 1 1.5 11V5.5C1.5 4.67 2.17 4 3 4ZM4 6.7h.1M6.7 6.7h.1M9.3 6.7h.1M12 6.7h.1M5 9.8h6',
  list: 'M5.5 4H14M5.5 8H14M5.5 12H14M2.2 4h.1M2.2 8h.1M2.2 12h.1',
  lock: 'M4.75 7h6.5c.83 0 1.5.67 1.5 1.5v3.75c0 .83-.67 1.5-1.5 1.5h-6.5c-.83 0-1.5-.67-1.5-1.5V8.5c0-.83.67-1.5 1.5-1.5ZM5.25 7V5a2.75 2.75 0 0 1 5.5 0v2',
  minus: 'M3 8h10',
  moon: 'M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8Z',
  more: 'M3.5 8h.1M8 8h.1M12.5 8h.1',
  network:
    'M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0ZM2.2 8h11.6M8 2c1.8 1.7 2.6 3.7 2.6 6s-.8 4.3-2.6 6c-1.8-1.7-2.6-3.7-2.6-6S6.2 3.7 8 2Z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  pencil: 'm10.6 2.9 2.5 2.5-7.6 7.6-3.1.6.6-3.1ZM9 4.5 11.5 7',
  play: 'M5 3.4v9.2c0 .5.5.8.9.5l7-4.6c.4-.2.4-.8 0-1l-7-4.6c-.4-.3-.9 0-.9.5Z',
  plus: 'M8 3v10M3 8h10',
  power: 'M8 2v5.5M4.6 4.2a5.25 5.25 0 1 0 6.8 0',
  pulse: 'M1.75 8.25h2.9l1.6-4.5 3.2 8.5 1.7-4h3.1',
  reset: 'M13.25 8a5.25 5.25 0 1 1-1.7-3.85M13.25 2.25V4.8h-2.6',
  search: 'M11.25 7a4.25 4.25 0 1 1-8.5 0 4.25 4.25 0 0 1 8.5 0ZM10.2 10.2l3.3 3.3',
  sidebar:
    'M3.75 2.75h8.5a2 2 0 0 1 2 2v6.5a2 2 0 0 1-2 2h-8.5a2 2 0 0 1-2-2v-6.5a2 2 0 0 1 2-2ZM6 3v10M3.5 5.5h.8M3.5 7.5h.8',
  sort: 'M4.5 3v10M2.25 10.7 4.5 13l2.25-2.3M9 4.5h5M9 8h3.5M9 11.5h2',
  stop: 'M5.6 2h4.8L14 5.6v4.8L10.4 14H5.6L2 10.4V5.6ZM6 6l4 4M10 6l-4 4',
  terminal:
    'M3.75 2.75h8.5a2 2 0 0 1 2 2v6.5a2 2 0 0 1-2 2h-8.5a2 2 0 0 1-2-2v-6.5a2 2 0 0 1 2-2ZM4.5 6l2 2-2 2M8.5 10.25h3',
  trash: 'M2.5 4h11M6 4V2.5h4V4M3.75 4l.6 8.5c0 .7.6 1.25 1.25 1.25h4.8c.7 0 1.2-.5 1.25-1.25L12.25 4',
  unlink:
    'M6.7 9.3 5 11a2.1 2.1 0 0 1-3-3l2-2M9.3 6.7 11 5a2.1 2.1 0 0 1 3 3l-2 2M5 2.5v1.75M2.5 5h1.7M11 13.5v-1.7M13.5 11h-1.7',
  'up-down': 'm5 6 3-3 3 3M5 10l3 3 3-3',
  warning: 'M8 2.5 14.2 13H1.8L8 2.5ZM8 6.5v3M8 11.2v.1',
} as const satisfies Record<string, string>;

export type IconName = keyof typeof paths;

/** All names, for the test that every command's icon exists. */
export const iconNames = Object.keys(paths) as IconName[]; // The keys of a literal are its key type.

/** A line icon in the colour of the text around it, hidden from assistive technology: the control beside it has the name. */
export function Icon({
  name,
  size = 16,
  ...rest
}: { name: IconName; size?: 12 | 16 | 20 } & Omit<SVGProps<SVGSVGElement>, 'name'>): ReactElement {
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth={size === 12 ? 2 : 1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      {...rest}
    >
      <path d={paths[name]} />
    </svg>
  );
}
