import { describe, expect, it } from 'vitest';
import { Emitter } from './emitter.ts';

describe('Emitter', () => {
  it('tells each listener until it leaves, the same function twice if it came twice', () => {
    const emitter = new Emitter<string>();
    const heard: string[] = [];
    const hear = (event: string): number => heard.push(event);
    const leave = emitter.on(hear);
    emitter.on(hear);
    emitter.emit('a');
    leave();
    leave();
    emitter.emit('b');
    expect(heard).toEqual(['a', 'a', 'b']);
    expect(emitter.listenerCount).toBe(1);
  });

  it('tells those who were there, while others come and leave', () => {
    const emitter = new Emitter<string>();
    const heard: string[] = [];
    emitter.on((event) => {
      heard.push(`first ${event}`);
      leave();
      if (event === 'a') emitter.on((later) => heard.push(`late ${later}`));
    });
    const leave = emitter.on((event) => heard.push(`left ${event}`));
    emitter.on((event) => heard.push(`last ${event}`));
    emitter.emit('a');
    emitter.emit('b');
    expect(heard).toEqual(['first a', 'last a', 'first b', 'last b', 'late b']);
  });

  it('tells everybody of an event before the one that it causes', () => {
    const emitter = new Emitter<string>();
    const heard: string[] = [];
    emitter.on((event) => {
      heard.push(`one ${event}`);
      if (event === 'a') emitter.emit('b');
    });
    emitter.on((event) => heard.push(`two ${event}`));
    emitter.emit('a');
    expect(heard).toEqual(['one a', 'two a', 'one b', 'two b']);
  });

  it('tells the others where one throws, and reports the error as an uncaught one', async () => {
    const emitter = new Emitter<string>();
    const heard: string[] = [];
    emitter.on(() => {
      throw new Error('from a listener');
    });
    emitter.on((event) => heard.push(event));
    const reported = await uncaught(() => emitter.emit('a'));
    expect(heard).toEqual(['a']);
    expect(reported).toMatchObject({ message: 'from a listener' });
    emitter[Symbol.dispose]();
    emitter.emit('b');
    expect(heard).toEqual(['a']);
  });
});

/** What `work` leaves uncaught; the test runner's own listeners, which would fail the test, are away meanwhile. */
async function uncaught(work: () => void): Promise<unknown> {
  const runners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  try {
    const reported = new Promise((resolve) => process.once('uncaughtException', resolve));
    work();
    return await reported;
  } finally {
    for (const listener of runners) process.on('uncaughtException', listener);
  }
}
