import { act, renderHook } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../electron/contract/errors.ts';
import { useSubmit } from './use-submit.ts';

function begin(): {
  result: { current: ReturnType<typeof useSubmit<[string]>> };
  given: string[];
  end: (error?: AppError) => Promise<void>;
} {
  const given: string[] = [];
  let settle = Promise.withResolvers<undefined>();
  const { result } = renderHook(() =>
    useSubmit((text: string) => {
      given.push(text);
      settle = Promise.withResolvers();
      return settle.promise;
    }),
  );
  const end = (error?: AppError): Promise<void> =>
    act(async () => {
      if (error === undefined) settle.resolve(undefined);
      else settle.reject(error);
      await Promise.resolve();
    });
  return { result, given, end };
}

describe('What a form submits', () => {
  it('is busy until it is done, and says that it succeeded', async () => {
    const { result, given, end } = begin();
    let ran: Promise<boolean> | undefined;
    act(() => void (ran = result.current.run('a')));
    expect(result.current).toMatchObject({ isBusy: true, error: undefined });
    await end();
    expect(result.current).toMatchObject({ isBusy: false, error: undefined });
    expect(await ran).toBe(true);
    expect(given).toEqual(['a']);
  });

  it('runs once, however often it is clicked', async () => {
    const { result, given, end } = begin();
    const ran: Promise<boolean>[] = [];
    act(() => void ran.push(result.current.run('a'), result.current.run('b')));
    await end();
    expect(await Promise.all(ran)).toEqual([true, false]);
    expect(given).toEqual(['a']);
  });

  it('keeps why it failed until it runs again', async () => {
    const { result, end } = begin();
    let ran: Promise<boolean> | undefined;
    act(() => void (ran = result.current.run('a')));
    await end(new AppError('no-space', 'The disk is full.', { hint: 'Free some space.' }));
    expect(await ran).toBe(false);
    expect(result.current).toMatchObject({
      isBusy: false,
      error: { code: 'no-space', message: 'The disk is full.', hint: 'Free some space.' },
    });
    act(() => void result.current.run('b'));
    expect(result.current).toMatchObject({ isBusy: true, error: undefined });
    await end();
  });
});
