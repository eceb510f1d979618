import { describe, expect, it } from 'vitest';
import { questionOptions } from './dialogs.ts';
import { ownRunning, patienceQuestion, quitQuestion } from './quit.ts';
import { job, machine, states } from './testing/fixtures.ts';

const labels = (question: ReturnType<typeof quitQuestion>) => question?.answers.map((answer) => answer.label);

describe('quitQuestion', () => {
  it('lets the app go at once when nothing is at work', () => {
    const vms = [machine('a'), machine('b', states.suspended), machine('c', states.failed)];
    expect(quitQuestion(vms, [job('Making a', 'succeeded')])).toBeUndefined();
  });

  it('offers to leave guests running first where they can go on', () => {
    const question = quitQuestion([machine('a', states.running), machine('b', states.paused)], []);
    expect(question?.message).toBe('2 virtual machines are running');
    expect(question?.detail).toContain('“a” and “b”');
    expect(labels(question)).toEqual(['Leave Running', 'Suspend and Quit', 'Shut Down and Quit', 'Cancel']);
  });

  it('offers to suspend first, and not to leave, where one guest would end with the app', () => {
    const question = quitQuestion([machine('a', states.running, { survivesApp: false })], []);
    expect(question?.message).toBe('“a” is running');
    expect(labels(question)).toEqual(['Suspend and Quit', 'Shut Down and Quit', 'Cancel']);
  });

  it('makes the first answer the default and Escape mean Cancel', () => {
    const question = quitQuestion([machine('a', states.running)], []);
    expect(question && questionOptions(question)).toMatchObject({ defaultId: 0, cancelId: 3 });
  });

  it('does not ask about machines that another program runs', () => {
    const elsewhere = machine('a', { ...states.running, owner: 'elsewhere' });
    expect(ownRunning([elsewhere])).toEqual([]);
    expect(quitQuestion([elsewhere], [])).toBeUndefined();
  });

  it('counts machines that are between two states', () => {
    const between = [states.starting, states.saving, states.restoring, states.stopping, states.pausing];
    expect(ownRunning(between.map((state, index) => machine(`vm-${index}`, state)))).toHaveLength(between.length);
  });

  it('asks about jobs when no machine runs, and mentions them when one does', () => {
    const jobs = [job('Making demo', 'running')];
    expect(labels(quitQuestion([], jobs))).toEqual(['Quit When Done', 'Quit Now', 'Cancel']);
    expect(quitQuestion([machine('a', states.running)], jobs)?.detail).toContain('“Making demo”');
  });

  it('does not ask about jobs that another Tatin does', () => {
    expect(quitQuestion([], [{ ...job('Making demo', 'running'), elsewhere: true }])).toBeUndefined();
  });

  it('names a few of many machines', () => {
    const vms = Array.from({ length: 9 }, (_, index) => machine(`vm-${index}`, states.running));
    expect(quitQuestion(vms, [])?.detail).toContain('“vm-0”, “vm-1”, “vm-2” and 6 more.');
  });
});

describe('patienceQuestion', () => {
  it('offers force stop for a guest that does not shut down, and never for one that is being saved', () => {
    const waiting = [machine('a', states.stopping)];
    expect(patienceQuestion('shutDown', waiting).answers.map(({ choice }) => choice)).toEqual([
      'wait',
      'forceStop',
      'cancel',
    ]);
    expect(patienceQuestion('suspend', waiting).answers.map(({ choice }) => choice)).toEqual(['wait', 'cancel']);
    expect(patienceQuestion('shutDown', waiting).message).toBe('“a” has not shut down yet');
    expect(patienceQuestion('shutDown', [...waiting, machine('b', states.stopping)]).message).toBe(
      '“a” and “b” have not shut down yet',
    );
  });
});
