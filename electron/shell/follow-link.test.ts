import { describe, expect, it } from 'vitest';
import { AppError } from '../contract/errors.ts';
import { LinkFollower } from './follow-link.ts';
import type { Question } from './quit.ts';
import { job, machine } from './testing/fixtures.ts';

type Answer = 'pull' | 'cancel';

function scene(answer: (question: Question<Answer>) => Promise<Answer> = () => Promise.resolve('cancel')) {
  const log: string[] = [];
  const questions: Question<Answer>[] = [];
  const follower = new LinkFollower({
    vms: () => [machine('web')],
    openLibrary: () => log.push('library'),
    openConsole: (id) => log.push(`console ${id}`),
    showJobs: () => log.push('jobs'),
    pull: ({ reference }) => {
      log.push(`pull ${reference}`);
      if (reference.includes('missing'))
        return Promise.reject(new AppError('image-not-found', 'There is no such image.'));
      return Promise.resolve(job('Pulling', 'running'));
    },
    ask: (question) => {
      questions.push(question);
      return answer(question);
    },
    tell: (error) => Promise.resolve(void log.push(error.message)),
    signal: new AbortController().signal,
  });
  return { log, questions, follow: (text: string) => follower.follow(text) };
}

describe('An address of Tatin’s', () => {
  it('shows a machine, and the library for one that is not there or for nonsense', async () => {
    const { log, follow } = scene();
    await follow('tatin://show/web');
    await follow('tatin://show/other');
    await follow('tatin://delete/web');
    expect(log).toEqual(['console local:web', 'library', 'library']);
  });

  it('fetches an image once the person agrees, and shows how it goes', async () => {
    const { log, questions, follow } = scene(() => Promise.resolve('pull'));
    await follow('tatin://pull/ghcr.io/a/b:1');
    expect(questions[0]).toMatchObject({ message: 'Fetch the image “ghcr.io/a/b:1”?', safe: 'cancel' });
    expect(log).toEqual(['library', 'pull ghcr.io/a/b:1', 'jobs']);
  });

  it('fetches nothing without that, and says what went wrong', async () => {
    const no = scene();
    await no.follow('tatin://pull/ghcr.io/a/b:1');
    expect(no.log).toEqual(['library']);
    const yes = scene(() => Promise.resolve('pull'));
    await yes.follow('tatin://pull/ghcr.io/a/missing');
    expect(yes.log.at(-1)).toBe('There is no such image.');
  });

  it('asks one question at a time', async () => {
    const answered = Promise.withResolvers<Answer>();
    const { questions, follow } = scene(() => answered.promise);
    const first = follow('tatin://pull/ghcr.io/a/b:1');
    await follow('tatin://pull/ghcr.io/a/c:1');
    answered.resolve('cancel');
    await first;
    expect(questions).toHaveLength(1);
    await follow('tatin://pull/ghcr.io/a/d:1');
    expect(questions).toHaveLength(2);
  });
});
