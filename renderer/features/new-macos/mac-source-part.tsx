import { type ReactElement, useEffect, useState } from 'react';
import { AppError, type ErrorInfo } from '../../../electron/contract/errors.ts';
import type { Vm } from '../../../electron/contract/machine.ts';
import type { MacList, MacOffer, MacReport, MacSource } from '../../../electron/contract/macos.ts';
import { isAlive } from '../../../electron/contract/verbs.ts';
import { Button } from '../../components/button.tsx';
import { Choice, Field, FormRow } from '../../components/field.tsx';
import { Looking } from '../../components/looking.tsx';
import { Note } from '../../components/note.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { diskText } from '../../../electron/contract/words/sizes.ts';
import { useChooser } from '../file-chooser/use-chooser.tsx';
import './new-macos.css';
import type { MacFinding } from './use-mac-report.ts';

/** Which macOS: Apple's newest, one of the catalogue, a file or an address; and what stands in its way. */
export function MacSourcePart({
  source,
  finding,
  onChange,
  onLookAgain,
}: {
  source: MacSource;
  finding: MacFinding | undefined;
  onChange: (source: MacSource) => void;
  onLookAgain: () => void;
}): ReactElement {
  const { choose, sheet } = useChooser();
  const { list, error } = useMacList();
  return (
    <>
      <FormRow label="Version">
        <div className="form-line">
          <Choice
            label="Version of macOS"
            value={valueOf(source)}
            options={optionsOf(list?.offers ?? [], source)}
            onChange={(value) => onChange(sourceOf(value, source))}
          />
          <Button
            onClick={() =>
              choose({ title: 'Choose a Restore Image', kind: 'file', extensions: ['.ipsw'] }, (path) =>
                onChange({ from: 'file', path }),
              )
            }
          >
            Choose IPSW…
          </Button>
        </div>
        {source.from === 'url' ? <Address url={source.url} onChange={(url) => onChange({ from: 'url', url })} /> : null}
        {source.from === 'file' ? (
          <span className="caption cut mono" title={source.path}>
            {source.path}
          </span>
        ) : null}
      </FormRow>
      {error === undefined ? null : (
        <Note look="failed">
          <b>The catalogue can’t be read.</b> {error.message} {error.hint}
        </Note>
      )}
      <Finding finding={finding} onLookAgain={onLookAgain} />
      {sheet}
    </>
  );
}

function useMacList(): { list: MacList | undefined; error: ErrorInfo | undefined } {
  const { client } = useApp();
  const [list, setList] = useState<MacList>();
  const [error, setError] = useState<ErrorInfo>();
  useEffect(() => {
    const controller = new AbortController();
    client.call('macos.list', {}, { signal: controller.signal }).then(setList, (thrown: unknown) => {
      if (!controller.signal.aborted) setError(AppError.from(thrown).toInfo());
    });
    return () => controller.abort();
  }, [client]);
  return { list, error };
}

function valueOf(source: MacSource): string {
  return source.from === 'version' ? `version ${source.version}` : source.from;
}

function sourceOf(value: string, now: MacSource): MacSource {
  if (value.startsWith('version ')) return { from: 'version', version: value.slice('version '.length) };
  if (value === 'url') return { from: 'url', url: '' };
  return value === 'file' ? now : { from: 'latest' };
}

function optionsOf(offers: readonly MacOffer[], source: MacSource): { value: string; label: string }[] {
  const known = offers.map(({ version, build, name, isHere, problem }) => ({
    value: `version ${build}`,
    label: `${name} ${version} (${build})${isHere ? ', here already' : problem === undefined ? '' : ', not on this Mac'}`,
  }));
  // A source from elsewhere may name a version in another way than this menu does.
  const own = valueOf(source);
  const isListed = known.some(({ value }) => value === own);
  return [
    { value: 'latest', label: 'Newest that Apple offers for this Mac' },
    ...known,
    ...(source.from !== 'version' || isListed ? [] : [{ value: own, label: `macOS ${source.version}` }]),
    { value: 'url', label: 'From an address…' },
    ...(source.from === 'file' ? [{ value: 'file', label: 'Your file' }] : []),
  ];
}

function Address({ url, onChange }: { url: string; onChange: (url: string) => void }): ReactElement {
  return (
    <div className="mac-address">
      <Field
        label="Address of the restore image"
        placeholder="https://…/UniversalMac_15.0_24A335_Restore.ipsw"
        mono
        value={url}
        onChange={({ target }) => onChange(target.value.trim())}
      />
    </div>
  );
}

function Finding({
  finding,
  onLookAgain,
}: {
  finding: MacFinding | undefined;
  onLookAgain: () => void;
}): ReactElement | null {
  if (finding === undefined) return null;
  if (finding.state === 'looking') return <Looking>Looking whether it can be installed here</Looking>;
  if (finding.state === 'failed')
    return (
      <Note
        look="failed"
        action={
          finding.error.retry === true ? (
            <Button size="small" onClick={onLookAgain}>
              Try Again
            </Button>
          ) : undefined
        }
      >
        <b>It can’t be looked at.</b> {finding.error.message} {finding.error.hint}
      </Note>
    );
  return <Report report={finding.report} onLookAgain={onLookAgain} />;
}

function Report({ report, onLookAgain }: { report: MacReport; onLookAgain: () => void }): ReactElement {
  const { checks } = report;
  const runs = useLibrary(({ vms }) => [...(vms?.values() ?? [])].some(isRunningMac));
  const failed = checks.filter(({ state }) => state === 'failed');
  const other = checks.filter(
    ({ id, state }) => state === 'attention' || (id === 'slots' && state === 'passed' && runs),
  );
  return (
    <>
      {failed.length > 0 ? null : (
        <Note look="good">
          <b>{report.version === undefined ? 'No problems found.' : `${report.title} can be installed on this Mac.`}</b>{' '}
          {roomText(report)}
        </Note>
      )}
      {failed.map(({ id, text, hint }, index) => (
        <Note
          key={id}
          look="failed"
          action={
            index === 0 ? (
              <Button size="small" onClick={onLookAgain}>
                Check Again
              </Button>
            ) : undefined
          }
        >
          <b>{text}</b> {hint}
        </Note>
      ))}
      {other.map(({ id, state, text, hint }) => (
        <Note key={id} look={state === 'attention' ? 'warning' : 'neutral'}>
          {text} {hint}
        </Note>
      ))}
    </>
  );
}

/** One of the two that may run. */
function isRunningMac(vm: Vm): boolean {
  return vm.kind === 'machine' && vm.os === 'darwin' && isAlive(vm.state.phase);
}

/** What is to be fetched, and what is free. */
function roomText({ file, bytes, fetchedBytes, freeBytes }: MacReport): string {
  const free = `${diskText(freeBytes)} free.`;
  if (file !== undefined) return `Its image is here already; ${free}`;
  if (bytes === undefined) return `How long its image is, the server does not say; ${free}`;
  const left = diskText(Math.max(0, bytes - fetchedBytes));
  const begun = fetchedBytes > 0 ? ` (of ${diskText(bytes)}; the rest is here)` : '';
  return `${left} to download${begun}, kept for the next machine; ${free}`;
}
