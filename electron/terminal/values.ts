import { InvalidArgumentError } from 'commander';
import type { Display, PortForward } from '../contract/machine.ts';

/** A parser for a whole number from `least` to `most`, for commander. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** Tart's option values are `UInt16` where they count CPUs, GB or seconds. */
export const uint16 = wholeNumber(0, 65_535);
export const positiveUint16 = wholeNumber(1, 65_535);
/** MiB; as many as bytes can still be counted exactly. */
export const mebibytes = wholeNumber(1, 2 ** 33 - 1);

/** What `--display` asks for; an absent part stays as it was. */
export interface DisplayChange {
  readonly width?: number;
  readonly height?: number;
  readonly unit?: 'pt' | 'px';
}

/** Reads `WIDTHxHEIGHT[pt|px]`. As with Tart, either number may be left out. */
export function displayChange(text: string): DisplayChange {
  const match = /^(\d{0,5})x(\d{0,5})(pt|px)?$/.exec(text);
  const [, width = '', height = '', unit] = match ?? [];
  if (match === null || (width === '' && height === ''))
    throw new InvalidArgumentError('It must look like 1920x1080, 1920x1080px or 1024x768pt.');
  return {
    ...(Number(width) > 0 ? { width: Number(width) } : {}),
    ...(Number(height) > 0 ? { height: Number(height) } : {}),
    ...(unit === 'pt' || unit === 'px' ? { unit } : {}),
  };
}

/** A display with the given parts changed. */
export function changedDisplay(display: Display, change: DisplayChange): Display {
  return { ...display, ...change };
}

/** Reads `[ADDRESS:]HOST:GUEST[/udp]`. */
export function portForward(text: string): PortForward {
  const match = /^(?:(\d{1,3}(?:\.\d{1,3}){3}):)?(\d{1,5}):(\d{1,5})(?:\/(tcp|udp))?$/.exec(text);
  const [, hostAddress = '127.0.0.1', host = '', guest = '', protocol] = match ?? [];
  const [hostPort, guestPort] = [Number(host), Number(guest)];
  const isPort = (port: number) => port >= 1 && port <= 65_535;
  const isAddress = hostAddress.split('.').every((byte) => Number(byte) <= 255);
  if (match === null || !isPort(hostPort) || !isPort(guestPort) || !isAddress)
    throw new InvalidArgumentError('It must look like 8080:80, 127.0.0.1:8080:80 or 5353:53/udp.');
  return { protocol: protocol === 'udp' ? 'udp' : 'tcp', hostAddress, hostPort, guestPort, label: '' };
}

/** Collects a repeatable option's values, each read by `parse`. */
export function repeatable<T>(parse: (text: string) => T): (text: string, earlier: T[] | undefined) => T[] {
  return (text, earlier) => [...(earlier ?? []), parse(text)];
}
