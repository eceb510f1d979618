import type { CheckResult, Diagnosis } from '../../contract/doctor.ts';
import { printableLine } from '../../contract/printable.ts';

const marks = { failed: 'FAILED   ', attention: 'ATTENTION', passed: 'ok       ', skipped: 'skipped  ' } as const;

/** A diagnosis for a person: what is wrong with its reasons and cures, what is well on one line each. */
export function reportText({ checks }: Diagnosis): string {
  const lines = checks.flatMap((check) => [
    `${marks[check.state]}  ${check.title}: ${printableLine(check.summary)}`,
    ...(check.state === 'failed' || check.state === 'attention' ? more(check) : []),
  ]);
  return [...lines, '', summaryOf(checks)].join('\n');
}

function more({ lookedAt, details, fixes }: CheckResult): string[] {
  return [
    lookedAt,
    ...(details === undefined ? [] : details.split('\n').map((line) => `  ${line}`)),
    ...fixes.flatMap(({ kind, title, says }) => {
      if (kind === 'command') return [`To fix it: ${says ?? title}`];
      if (kind === 'safe') return [`To fix it: tatin doctor --fix (${title})`];
      if (kind === 'ask') return [`To fix it: tatin doctor --fix --all (${title} ${says ?? ''})`.replace('… ', ': ')];
      return [];
    }),
  ].map((line) => `           ${line}`);
}

function summaryOf(checks: readonly CheckResult[]): string {
  const of = (state: CheckResult['state']) => checks.filter((check) => check.state === state).length;
  const [failed, attention] = [of('failed'), of('attention')];
  const needs = attention === 1 ? 'needs' : 'need';
  return `${failed} failed, ${attention} ${needs} attention, ${of('passed')} passed, ${of('skipped')} skipped`;
}
