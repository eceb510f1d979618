import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { changedDisplay, displayChange, mebibytes, portForward, positiveUint16, uint16 } from './values.ts';

describe('numbers', () => {
  it.each(['-1', '1.5', '', ' 1', '1e3', '0x10', '65536', '99999999999999999999'])('%j is no UInt16', (text) => {
    expect(() => uint16(text)).toThrow(InvalidArgumentError);
  });

  it('reads whole numbers in their range', () => {
    expect([uint16('0'), uint16('65535'), positiveUint16('1'), mebibytes('4096')]).toEqual([0, 65_535, 1, 4096]);
    expect(() => positiveUint16('0')).toThrow('from 1 to 65535');
  });
});

describe('displayChange', () => {
  it.each([
    ['1920x1080', { width: 1920, height: 1080 }],
    ['1920x1080px', { width: 1920, height: 1080, unit: 'px' }],
    ['1024x768pt', { width: 1024, height: 768, unit: 'pt' }],
    ['1920x', { width: 1920 }],
    ['0x1080', { height: 1080 }],
  ])('reads %s', (text, change) => {
    expect(displayChange(text)).toEqual(change);
  });

  it.each(['', 'x', '1920', '1920*1080', '1920x1080cm', '-1x5', '1920x1080x2'])('refuses %j', (text) => {
    expect(() => displayChange(text)).toThrow(InvalidArgumentError);
  });

  it('keeps what was not given', () => {
    expect(changedDisplay({ width: 1, height: 2, unit: 'pt' }, { height: 3 })).toEqual({
      width: 1,
      height: 3,
      unit: 'pt',
    });
  });
});

describe('portForward', () => {
  it.each([
    ['8080:80', { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 8080, guestPort: 80, label: '' }],
    ['0.0.0.0:53:5353/udp', { protocol: 'udp', hostAddress: '0.0.0.0', hostPort: 53, guestPort: 5353, label: '' }],
  ])('reads %s', (text, forward) => {
    expect(portForward(text)).toEqual(forward);
  });

  it.each(['80', '0:80', '80:70000', 'a:b', '300.0.0.1:1:2', '1:2/sctp', '::1:80:80'])('refuses %j', (text) => {
    expect(() => portForward(text)).toThrow(InvalidArgumentError);
  });
});
