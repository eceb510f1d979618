import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { completionScript } from './completion.ts';
import { TatinHome } from './testing/tatin.ts';

const commands = [
  { name: 'run', summary: "Run a VM: it's quick", options: ['--detach', '--disk'] },
  { name: 'rename', summary: 'Rename a VM', options: ['--help'] },
];

describe('completionScript', () => {
  /** What bash offers for a line, with a program of our own in place of tatin. */
  function offered(...words: string[]): string[] {
    const script = `${completionScript('bash', commands)}
      tatin() { printf 'web server\\nghcr.io/org/linux:latest\\nghcr.io/org/mac:latest\\n'; }
      COMP_WORDS=(tatin "$@"); COMP_CWORD=$#; _tatin; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const out = execFileSync('bash', ['--norc', '-c', script, 'bash', ...words], { encoding: 'utf8' });
    return out.split('\n').filter((line) => line !== '');
  }

  it('lets bash complete commands, their options, and names with blanks and colons', () => {
    expect(offered('r')).toEqual(['run', 'rename']);
    expect(offered('run', '--d')).toEqual(['--detach', '--disk']);
    expect(offered('run', 'web')).toEqual(['web\\ server']);
    expect(offered('run', 'ghcr.io/org/l')).toEqual(['ghcr.io/org/linux:latest']);
    expect(offered('x')).toEqual([]);
  });

  it('keeps colons and quotes of summaries apart from the syntax of zsh and fish', () => {
    expect(completionScript('zsh', commands)).toContain(`'run:Run a VM\\: it'\\''s quick'`);
    expect(completionScript('fish', commands)).toContain(`-a run -d 'Run a VM: it'\\''s quick'`);
  });
});

describe('tatin --generate-completion-script', () => {
  it('prints a script of all commands for the shell that is named, or that runs', async () => {
    using home = new TatinHome();
    const { exitCode, out } = await home.run(['--generate-completion-script', 'fish']);
    expect(exitCode).toBe(0);
    expect(out).toContain('-a pull -d');
    expect(out).toContain('-l space-budget');
    expect(out).not.toContain('cache-budget');
    const fromShell = await home.run(['--generate-completion-script'], '', { SHELL: '/usr/bin/zsh' });
    expect(fromShell.out).toMatch(/^#compdef tatin\n/);
    expect(await home.run(['--generate-completion-script=tcsh'])).toMatchObject({ exitCode: 64 });
  });
});
