import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type AgentCall, type AgentRequest, serveTartAgent, type TartAgent } from '../guest/testing/tart-agent.ts';
import { Library } from '../library/library.ts';
import { holdFcntl, OtherProgram } from '../library/testing/other-program.ts';
import { makeVm, temporaryFolder } from '../library/testing/temporary-home.ts';
import { guestTerminal, person } from './testing/pseudo-terminals.ts';
import { builtCli } from './testing/tatin.ts';

let stack: AsyncDisposableStack;
let agent: TartAgent;

/** What the guest runs for a call, in a terminal of its own. */
function runInTerminal(call: AgentCall): void {
  let guest: ChildProcess | undefined;
  call.on('data', (request: AgentRequest) => {
    const { command, standard_input: input, terminal_resize: size } = request;
    if (command?.tty === true && request.type === 'command') {
      const { rows = 0, cols = 0 } = command.terminal_size ?? {};
      const args = ['-c', guestTerminal, `${rows}`, `${cols}`, command.name, ...command.args];
      guest = spawn('python3', args, { stdio: ['pipe', 'pipe', 'inherit'] });
      guest.stdout?.on('data', (data: Buffer) => call.write({ standard_output: { data } }));
      guest.on('close', (code) => {
        call.write({ exit: { code: code ?? -1 } });
        call.end();
      });
    } else if (input && request.type === 'standard_input' && input.data.length > 0)
      guest?.stdin?.write(`i ${input.data.toString('base64')}\n`);
    else if (size && request.type === 'terminal_resize') guest?.stdin?.write(`r ${size.rows} ${size.cols}\n`);
  });
  call.on('cancelled', () => guest?.kill('SIGKILL'));
  stack.defer(() => void guest?.kill('SIGKILL'));
}

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder('/tmp'));
  const at = (name: string): string => path.join(folder.path, name);
  for (const [name, place] of [
    ['TART_HOME', 'home'],
    ['TATIN_STATE', 'state'],
    ['TATIN_RUNTIME', 'run'],
  ] as const)
    vi.stubEnv(name, at(place));
  const vm = await makeVm(await Library.open(at('home')), 'web');
  const holder = stack.use(OtherProgram.python(holdFcntl, path.join(vm, 'config.json')));
  expect(await holder.line()).toBe('locked');
  agent = stack.use(await serveTartAgent(path.join(vm, 'control.sock'), { exec: runInTerminal }));
});
afterEach(async () => {
  await stack.disposeAsync();
  vi.unstubAllEnvs();
});

/** A person at a real terminal who runs something in the guest. */
function sit(...command: string[]) {
  const tatin = [process.execPath, builtCli, 'exec', '-it', 'web', ...command];
  const program = stack.use(OtherProgram.python(person, ...tatin));
  const ask = async (line: string): Promise<string> => {
    program.say(line);
    return await program.line();
  };
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return {
    type: async (text: string) => expect(await ask(`type ${base64(text)}`)).toBe('typed'),
    see: async (text: string) => expect(await ask(`see ${base64(text)}`)).toBe('seen'),
    resize: async (rows: number, columns: number) => expect(await ask(`size ${rows} ${columns}`)).toBe('resized'),
    mode: () => ask('mode'),
    kill: (signal: string) => ask(`kill ${signal}`),
    end: () => ask('end'),
  };
}

it('A shell in the guest has the terminal: keys as they are, its size, interrupts, the end of input and an exit code', async () => {
  const me = sit('sh');
  // What is typed is echoed too, so that what is waited for must not stand in it.
  await me.type("stty size; echo be''gun\n");
  await me.see('24 80');
  await me.see('begun');
  expect(await me.mode()).toBe('raw');
  await me.resize(40, 100);
  await me.type(`while [ "$(stty size)" != "40 100" ]; do sleep 0.1; done; echo re''sized\n`);
  await me.see('resized');
  await me.type("sh -c 'echo as''leep; exec sleep 1000'\n");
  await me.see('asleep');
  await me.type('\x03');
  await me.type("echo co''de $?\n");
  await me.see('code 130');
  await me.type('(exit 7)\n');
  await me.type('\x04');
  expect(await me.end()).toBe('7 as before');
});

it('A terminal is as it was before when the command is killed here, or its guest there', async () => {
  const killed = sit('sh', '-c', "echo as''leep; exec sleep 1000");
  await killed.see('asleep');
  expect(await killed.mode()).toBe('raw');
  await killed.kill('SIGTERM');
  expect(await killed.end()).toMatch(/^[1-9]\d* as before$/);

  const left = sit('sh', '-c', "echo as''leep; exec sleep 1000");
  await left.see('asleep');
  agent.die();
  expect(await left.end()).toMatch(/^[1-9]\d* as before$/);
});
