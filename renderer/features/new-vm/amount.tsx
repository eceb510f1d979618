import { Slider } from 'radix-ui';
import { type CSSProperties, type ReactElement, type ReactNode } from 'react';
import { IconButton } from '../../components/button.tsx';
import { Field, FormRow } from '../../components/field.tsx';

/** A number by slider, field and stepper; beyond `comfortable` the host itself feels it, and the slider says so. */
export function Amount({
  label,
  value,
  least,
  most,
  comfortable,
  step,
  unit,
  caption,
  onChange,
}: {
  label: string;
  value: number;
  least: number;
  most: number;
  comfortable: number;
  step: number;
  unit?: string;
  caption: ReactNode;
  onChange: (value: number) => void;
}): ReactElement {
  const share = (at: number): string => `${(most === least ? 1 : Math.min(1, (at - least) / (most - least))) * 100}%`;
  const isInside = value >= least && value <= most;
  const clamp = (wish: number): number => Math.min(most, Math.max(least, wish));
  return (
    <FormRow label={label}>
      <div className="form-line">
        <Slider.Root
          className="slider"
          min={least}
          max={most}
          step={step}
          value={[clamp(value)]}
          style={{ '--comfortable': share(comfortable) } as CSSProperties} // React's type knows no custom properties.
          onValueChange={([next]) => next !== undefined && onChange(next)}
        >
          <Slider.Track className="slider-track">
            <Slider.Range className="slider-range" />
          </Slider.Track>
          <Slider.Thumb className="slider-thumb" aria-label={label} />
        </Slider.Root>
        <Field
          label={`${label}, exactly`}
          inputMode="decimal"
          width={unit === undefined ? 64 : 84}
          value={Number.isNaN(value) ? '' : String(value)}
          {...(unit === undefined ? {} : { unit })}
          aria-invalid={!isInside}
          onChange={({ target }) => onChange(target.value === '' ? Number.NaN : Number(target.value))}
        />
        <span className="stepper">
          <IconButton
            icon="minus"
            size="small"
            label={`Less ${label}`}
            disabled={value <= least}
            onClick={() => onChange(clamp(value - step))}
          />
          <IconButton
            icon="plus"
            size="small"
            label={`More ${label}`}
            disabled={value >= most}
            onClick={() => onChange(clamp(value + step))}
          />
        </span>
      </div>
      <span className="caption" data-invalid={!isInside || undefined}>
        {caption}
      </span>
    </FormRow>
  );
}
