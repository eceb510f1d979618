import { type ReactElement, useState } from 'react';
import type { ExportFormat, ExportReport } from '../../../electron/contract/imports.ts';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import { useAnswer } from '../../client/use-answer.ts';
import { useSubmit } from '../../client/use-submit.ts';
import { Button } from '../../components/button.tsx';
import { Field, FormRow } from '../../components/field.tsx';
import { Note } from '../../components/note.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { diskText } from '../../../electron/contract/words/sizes.ts';
import { useChooser } from '../file-chooser/use-chooser.tsx';
import { FormatChoice, exportFileName } from './format-choice.tsx';
import './import.css';

/** Where a machine goes, in which form, what it takes, and what does not go along. */
export function ExportSheet({ vm, onClose }: { vm: MachineVm; onClose: () => void }): ReactElement {
  const { client, view } = useApp();
  const places = useLibrary(({ host }) => host?.places ?? []);
  const [format, setFormat] = useState<ExportFormat>('tvm');
  const [chosen, setFolder] = useState<string>();
  const [name, setName] = useState(() => exportFileName(vm.name, 'tvm'));
  const [replaced, setReplaced] = useState<string>();
  const folder = chosen ?? (places.find((place) => place.name === 'Downloads') ?? places[0])?.path;
  const path = folder === undefined || name.trim() === '' ? undefined : join(folder, name.trim());
  const { value: report, error } = useAnswer(path === undefined ? undefined : `${format} ${path}`, (signal) =>
    client.call('exports.inspect', { id: vm.id, path: path ?? '', format }, { signal }),
  );
  const mayReplace = report !== undefined && replaced === report.path;
  const problem = problemOf(path, report, mayReplace);

  const change = (next: ExportFormat): void => {
    // A name that the user typed is kept.
    if (name === exportFileName(vm.name, format)) setName(exportFileName(vm.name, next));
    setFormat(next);
  };
  const start = useSubmit(async (to: string) => {
    await client.call('exports.start', { id: vm.id, path: to, format, overwrite: mayReplace });
    view.setState({ overlay: { kind: 'jobs' } });
  });
  const begin = (): void => {
    if (path !== undefined) void start.run(path);
  };
  const failure = start.error ?? error ?? report?.problem;
  return (
    <Sheet
      title={`Export “${vm.name}”`}
      onClose={onClose}
      footer={
        <>
          <Button className="button push" onClick={onClose}>
            Cancel
          </Button>
          <Button look="filled" disabled={problem !== undefined} title={problem} onClick={begin}>
            Export
          </Button>
        </>
      }
    >
      <FormRow label="Format">
        <FormatChoice format={format} onChange={change} />
      </FormRow>
      <FolderRow folder={folder} onFolder={setFolder} />
      <FormRow label="File">
        <Field
          label="File name"
          value={name}
          error={name.trim() === '' ? 'It needs a name.' : undefined}
          onChange={({ target }) => {
            setName(target.value);
            start.dismissError();
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && problem === undefined) begin();
          }}
        />
        {report === undefined ? null : <span className="caption">{roomText(report, format)}</span>}
      </FormRow>
      {report === undefined ? null : (
        <Findings
          report={report}
          mayReplace={mayReplace}
          onReplace={(may) => setReplaced(may ? report.path : undefined)}
        />
      )}
      {failure === undefined ? null : (
        <Note look="failed">
          <b>{failure.message}</b> {failure.hint}
        </Note>
      )}
    </Sheet>
  );
}

function FolderRow({
  folder,
  onFolder,
}: {
  folder: string | undefined;
  onFolder: (folder: string) => void;
}): ReactElement {
  const { choose, sheet } = useChooser();
  return (
    <>
      <FormRow label="Folder">
        <div className="form-line">
          <span className="cut grow mono" title={folder}>
            {folder}
          </span>
          <Button onClick={() => choose({ title: 'Export To', kind: 'folder' }, onFolder)}>Choose…</Button>
        </div>
      </FormRow>
      {sheet}
    </>
  );
}

/** What the user must know before it begins: a file that is there already, and what does not go along. */
function Findings({
  report,
  mayReplace,
  onReplace,
}: {
  report: ExportReport;
  mayReplace: boolean;
  onReplace: (mayReplace: boolean) => void;
}): ReactElement {
  return (
    <>
      {report.exists ? (
        <Note look="warning">
          <b>There is already a file of this name.</b>
          <label className="form-line">
            <input type="checkbox" checked={mayReplace} onChange={({ target }) => onReplace(target.checked)} />
            Replace it when the export is done
          </label>
        </Note>
      ) : null}
      {report.warnings.length === 0 ? null : (
        <Note>
          <ul className="import-warnings">
            {report.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Note>
      )}
    </>
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
