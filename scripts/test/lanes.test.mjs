import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { runLanes } from './lanes.mjs';

const root = join(import.meta.dirname, '../..');
/** @param {string} title @param {string} program @param {string[]} args */
const stage = (title, program, ...args) => ({ title, commands: [[program, ...args]] });

it('A tool that is missing fails like any other, and after a failure no further stage begins', async () => {
  let printed = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    expect((await runLanes([[stage('Good', 'node', '-e', 'console.log(6 * 7)')]], root)).ok).toBe(true);
    const broken = stage('Broken', 'no-such-tool');
    expect((await runLanes([[broken, stage('Never', 'node', '-e', '')]], root)).ok).toBe(false);
  } finally {
    write.mockRestore();
  }
  expect(printed).toContain('42');
  expect(printed).toContain('Broken: failed (exit code 127)');
  expect(printed).not.toContain('Never');
});
