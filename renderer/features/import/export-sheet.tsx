import { type ReactElement, useEffect, useState } from 'react';
import { AppError, type ErrorInfo } from '../../../electron/contract/errors.ts';
import type { ExportFormat, ExportReport } from '../../../electron/contract/imports.ts';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import { Button } from '../../components/button.tsx';
import { Field, FormRow } from '../../components/field.tsx';
import { Note } from '../../components/note.tsx';
import { onRadioKey } from '../../components/radio-keys.ts';
import { Sheet } from '../../components/sheet.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { diskText } from '../../../electron/contract/words/sizes.ts';
import { useChooser } from '../file-chooser/use-chooser.tsx';
import './import.css';

const formats: readonly { format: ExportFormat; title: string; extension: string; text: string }[] = [
  { format: 'tvm', title: 'Tart archive', extension: 'tvm', text: 'All of it, compressed. Tart and Tatin import it.' },
  { format: 'raw', title: 'Raw disk', extension: 'img', text: 'The disk alone, with its holes.' },
  { format: 'qcow2', title: 'QCOW2 disk', extension: 'qcow2', text: 'The disk alone, for QEMU and its relatives.' },
];

function fileName(name: string, format: ExportFormat): string {
  return `${name}.${formats.find((known) => known.format === format)?.extension ?? format}`;
}

/** Where a machine goes, in which form, what it takes, and what does not go along. */
export function ExportSheet({ vm, onClose }: { vm: MachineVm; onClose: () => void }): ReactElement {
  const { client, view } = useApp();
  const places = useLibrary(({ host }) => host?.places ?? []);
  const { choose, sheet } = useChooser();
  const [format, setFormat] = useState<ExportFormat>('tvm');
  const [chosen, setFolder] = useState<string>();
  const [name, setName] = useState(() => fileName(vm.name, 'tvm'));
  const [replaced, setReplaced] = useState<string>();
  const [refusal, setRefusal] = useState<ErrorInfo>();
  const folder = chosen ?? (places.find((place) => place.name === 'Downloads') ?? places[0])?.path;
  const path = folder === undefined || name.trim() === '' ? undefined : join(folder, name.trim());
  const { report, error } = useReport(vm.id, path, format);
  const mayReplace = report !== undefined && replaced === report.path;
  const problem = problemOf(path, report, mayReplace);

  const change = (next: ExportFormat): void => {
    // A name that the user typed is kept.
    if (name === fileName(vm.name, format)) setName(fileName(vm.name, next));
    setFormat(next);
  };
  const begin = async (): Promise<void> => {
    if (path === undefined) return;
    try {
      await client.call('exports.start', { id: vm.id, path, format, overwrite: mayReplace });
      view.setState({ overlay: { kind: 'jobs' } });
    } catch (thrown) {
      setRefusal(AppError.from(thrown).toInfo());
    }
  };
  const failure = refusal ?? error ?? report?.problem;
  return (
    <Sheet
      title={`Export “${vm.name}”`}
      onClose={onClose}
      footer={
        <>
          <Button className="button push" onClick={onClose}>
            Cancel
          </Button>
          <Button look="filled" disabled={problem !== undefined} title={problem} onClick={() => void begin()}>
            Export
          </Button>
        </>
      }
    >
      <FormRow label="Format">
        <div className="export-formats" role="radiogroup" aria-label="Format" onKeyDown={onRadioKey}>
          {formats.map((known) => (
            <button
              key={known.format}
              type="button"
              className="import-option"
              role="radio"
              aria-checked={known.format === format}
              tabIndex={known.format === format ? 0 : -1}
              onClick={() => change(known.format)}
            >
              <b>{known.title}</b>
              <span className="secondary">{known.text}</span>
            </button>
          ))}
        </div>
      </FormRow>
      <FormRow label="Folder">
        <div className="form-line">
          <span className="cut grow mono" title={folder}>
            {folder}
          </span>
          <Button onClick={() => choose({ title: 'Export To', kind: 'folder' }, setFolder)}>Choose…</Button>
        </div>
      </FormRow>
      <FormRow label="File">
        <Field
          label="File name"
          value={name}
          error={name.trim() === '' ? 'It needs a name.' : undefined}
          onChange={({ target }) => {
            setName(target.value);
            setRefusal(undefined);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && problem === undefined) void begin();
          }}
        />
        {report === undefined ? null : <span className="caption">{roomText(report, format)}</span>}
      </FormRow>
      {report?.exists === true ? (
        <Note look="warning">
          <b>There is already a file of this name.</b>
          <label className="form-line">
            <input
              type="checkbox"
              checked={mayReplace}
              onChange={({ target }) => setReplaced(target.checked ? report.path : undefined)}
            />
            Replace it when the export is done
          </label>
        </Note>
      ) : null}
      {report === undefined || report.warnings.length === 0 ? null : (
        <Note>
          <ul className="import-warnings">
            {report.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Note>
      )}
      {failure === undefined ? null : (
        <Note look="failed">
          <b>{failure.message}</b> {failure.hint}
        </Note>
      )}
      {sheet}
    </Sheet>
  );
}

function join(folder: string, name: string): string {
  return folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`;
}

function problemOf(
  path: string | undefined,
  report: ExportReport | undefined,
  mayReplace: boolean,
): string | undefined {
  if (path === undefined) return 'It needs a name.';
  if (report === undefined) return 'Still looking at what there is.';
  if (report.problem !== undefined) return report.problem.message;
  return report.exists && !mayReplace ? 'There is already a file of this name.' : undefined;
}

function roomText({ sourceBytes, freeBytes }: ExportReport, format: ExportFormat): string {
  const max =
    format === 'tvm'
      ? `Takes at most ${diskText(sourceBytes)}, less by what it compresses`
      : `Takes ${diskText(sourceBytes)}`;
  return `${max}; ${diskText(freeBytes)} are free there.`;
}

/** What an export would write, asked whenever something of it changes. */
function useReport(
  id: string,
  path: string | undefined,
  format: ExportFormat,
): { report: ExportReport | undefined; error: ErrorInfo | undefined } {
  const { client } = useApp();
  const [answer, setAnswer] = useState<{ key: string; report?: ExportReport; error?: ErrorInfo }>();
  const key = `${format} ${path ?? ''}`;
  useEffect(() => {
    if (path === undefined) return undefined;
    const ended = new AbortController();
    client.call('exports.inspect', { id, path, format }, { signal: ended.signal }).then(
      (report) => setAnswer({ key, report }),
      (thrown: unknown) => {
        if (!ended.signal.aborted) setAnswer({ key, error: AppError.from(thrown).toInfo() });
      },
    );
    return () => ended.abort();
  }, [client, id, path, format, key]);
  const isCurrent = answer?.key === key;
  return { report: isCurrent ? answer.report : undefined, error: isCurrent ? answer.error : undefined };
}
