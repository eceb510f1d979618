import { describe, expect, it } from 'vitest';
import { AppError } from '../contract/errors.ts';
import { questionOptions } from './dialogs.ts';
import { lossQuestion, type MachineCommand, machineCommands } from './machine-actions.ts';
import { address, machine, states, TestBackend } from './testing/fixtures.ts';

function scene(answer: 'do' | 'cancel' = 'cancel') {
  const vm = machine('a', states.running, address('10.0.2.15'));
  const backend = new TestBackend([vm]);
  for (const name of ['start', 'resume', 'pause', 'suspend', 'shutDown', 'forceStop'] as const)
    backend.answer(`machines.${name}`, () => Promise.resolve(vm));
  const log: string[] = [];
  const abort = new AbortController();
  const run = async (id: MachineCommand['id']) =>
    await machineCommands
      .find((command) => command.id === id)
      ?.perform(vm, {
        handlers: backend.handlers,
        openConsole: (vmId) => log.push(`console ${vmId}`),
        copy: (text) => {
          log.push(`copied ${text}`);
          return Promise.resolve();
        },
        ask: (question) => {
          log.push(question.message);
          return Promise.resolve(answer);
        },
        tell: (error) => {
          log.push(`told ${error.message}`);
          return Promise.resolve();
        },
        signal: abort.signal,
      });
  return { run, log, backend, abort };
}

describe('machineCommands', () => {
  it('does every command that the menu bar offers', async () => {
    const { run, log, backend } = scene('do');
    for (const command of machineCommands) await run(command.id);
    expect(log).toEqual(['console local:a', 'Force “a” to stop?', 'copied 10.0.2.15']);
    expect(backend.requests).toEqual([
      'machines.start local:a',
      'machines.resume local:a',
      'machines.pause local:a',
      'machines.suspend local:a',
      'machines.shutDown local:a',
      'machines.forceStop local:a',
    ]);
  });

  it('asks before it pulls the plug', async () => {
    const { run, log, backend } = scene('cancel');
    await run('machine.forceStop');
    expect(log).toEqual(['Force “a” to stop?']);
    expect(backend.requests).toEqual([]);
    expect(questionOptions(lossQuestion('forceStop', machine('a')))).toMatchObject({
      buttons: ['Force Stop', 'Cancel'],
      defaultId: 1,
      cancelId: 1,
    });
  });

  it('tells what went wrong, unless the app ends', async () => {
    const { run, log, backend, abort } = scene();
    backend.answer('machines.suspend', () => Promise.reject(new AppError('no-space', 'The disk is full.')));
    await run('machine.suspend');
    expect(log).toEqual(['told The disk is full.']);
    abort.abort();
    await run('machine.suspend');
    expect(log).toHaveLength(1);
  });
});
