import { describe, expect, it } from 'vitest';
import { AppError } from '../contract/errors.ts';
import { appletNames } from './root-folder.ts';

describe('appletNames', () => {
  it('finds the table among other strings', () => {
    const binary = Buffer.from('\x7fELF..\0usage\0\0[\0[[\0acpid\0busybox\0init\0sh\0zcat\0\0more\0', 'latin1');
    expect(appletNames(binary)).toEqual(['[', '[[', 'acpid', 'init', 'sh', 'zcat']);
  });

  it('fails rather than making a guest without a shell', () => {
    expect(() => appletNames(Buffer.from('no table here'))).toThrow(AppError);
    expect(() => appletNames(Buffer.from('\0[\0[[\0acpid\0\0'))).toThrow(AppError);
  });
});
