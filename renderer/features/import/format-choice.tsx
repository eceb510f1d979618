import type { ReactElement } from 'react';
import type { ExportFormat } from '../../../electron/contract/imports.ts';
import { onRadioKey } from '../../components/radio-keys.ts';

const formats: readonly { format: ExportFormat; title: string; extension: string; text: string }[] = [
  { format: 'tvm', title: 'Tart archive', extension: 'tvm', text: 'All of it, compressed. Tart and Tatin import it.' },
  { format: 'raw', title: 'Raw disk', extension: 'img', text: 'The disk alone, with its holes.' },
  { format: 'qcow2', title: 'QCOW2 disk', extension: 'qcow2', text: 'The disk alone, for QEMU and its relatives.' },
];

/** What the file of an export is called. */
export function exportFileName(name: string, format: ExportFormat): string {
  return `${name}.${formats.find((known) => known.format === format)?.extension ?? format}`;
}

/** The forms that a machine can be exported in. */
export function FormatChoice({
  format,
  onChange,
}: {
  format: ExportFormat;
  onChange: (format: ExportFormat) => void;
}): ReactElement {
  return (
    <div className="export-formats" role="radiogroup" aria-label="Format" onKeyDown={onRadioKey}>
      {formats.map((known) => (
        <button
          key={known.format}
          type="button"
          className="import-option"
          role="radio"
          aria-checked={known.format === format}
          tabIndex={known.format === format ? 0 : -1}
          onClick={() => onChange(known.format)}
        >
          <b>{known.title}</b>
          <span className="secondary">{known.text}</span>
        </button>
      ))}
    </div>
  );
}
