import { Slider } from 'radix-ui';
import { type CSSProperties, type ReactElement, type ReactNode, useState } from 'react';
import { IconButton } from '../../components/button.tsx';
import { FormRow } from '../../components/field.tsx';
import { NumberField } from '../../components/number-field.tsx';

/**
 * A number by slider, field and stepper; beyond `comfortable` the host itself feels it, and the slider says so. While the
 * field holds no number the slider stays at the last one, and Continue waits.
 */
export function Amount({
  label,
  value,
  min,
  max,
  comfortable,
  step,
  unit,
  caption,
  onChange,
}: {
  label: string;
  value: number;
  min: number;
  max: number;
  comfortable: number;
  step: number;
  unit?: string;
  caption: ReactNode;
  onChange: (value: number) => void;
}): ReactElement {
  const share = (at: number): string => `${(max === min ? 1 : Math.min(1, (at - min) / (max - min))) * 100}%`;
  const isInside = value >= min && value <= max;
  const clamp = (requested: number): number => Math.min(max, Math.max(min, requested));
  const [last, setLast] = useState(() => clamp(Number.isNaN(value) ? min : value));
  const change = (requested: number): void => {
    if (!Number.isNaN(requested)) setLast(clamp(requested));
    onChange(requested);
  };
  const at = Number.isNaN(value) ? last : clamp(value);
  return (
    <FormRow label={label}>
      <div className="form-line">
        <Slider.Root
          className="slider"
          min={min}
          max={max}
          step={step}
          value={[at]}
          style={{ '--comfortable': share(comfortable) } as CSSProperties} // React's type knows no custom properties.
          onValueChange={([next]) => next !== undefined && change(next)}
        >
          <Slider.Track className="slider-track">
            <Slider.Range className="slider-range" />
          </Slider.Track>
          <Slider.Thumb className="slider-thumb" aria-label={label} />
        </Slider.Root>
        <NumberField
          label={`${label}, exactly`}
          width={unit === undefined ? 64 : 84}
          value={value}
          isInvalid={!isInside}
          {...(unit === undefined ? {} : { unit })}
          onChange={change}
        />
        <span className="stepper">
          <IconButton
            icon="minus"
            size="small"
            label={`Less ${label}`}
            disabled={at <= min}
            onClick={() => change(clamp(at - step))}
          />
          <IconButton
            icon="plus"
            size="small"
            label={`More ${label}`}
            disabled={at >= max}
            onClick={() => change(clamp(at + step))}
          />
        </span>
      </div>
      <span className="caption" data-invalid={!isInside || undefined} role={isInside ? undefined : 'alert'}>
        {Number.isNaN(value) ? 'Needs a number. ' : ''}
        {caption}
      </span>
    </FormRow>
  );
}
