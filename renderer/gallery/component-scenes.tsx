import type { ErrorInfo } from '../../electron/contract/errors.ts';
import { Button, IconButton } from '../components/button.tsx';
import { CheckBox, Choice, Field, FormRow } from '../components/field.tsx';
import { HealthMark } from '../components/health-mark.tsx';
import { Icon, iconNames } from '../components/icon.tsx';
import { Note } from '../components/note.tsx';
import { NumberField } from '../components/number-field.tsx';
import { Problem } from '../components/problem.tsx';
import { Confirm } from '../components/sheet.tsx';
import { Sparkline } from '../components/sparkline.tsx';
import { StateMark } from '../components/state-mark.tsx';
import { TagChip, TagColours, tagColours } from '../components/tag.tsx';
import { then, variedLibrary } from '../testing/fixtures.ts';
import { ownSheetScene, partsScene } from './stage.tsx';

const ignore = (): void => undefined;
const tags = ['ci', 'database', 'desktop', 'nightly', 'web'];
const looks = ['plain', 'filled', 'danger', 'link'] as const;
const options = [
  { value: 'a', label: 'One of several' },
  { value: 'b', label: 'Another' },
];

/** An error with all its parts. */
export const wholeError: ErrorInfo = {
  code: 'no-space',
  message: 'The disk that holds the library is full.',
  hint: 'Free some space, or move the library to another disk.',
  details: 'write: ENOSPC, no space left on device',
};

export const componentScenes = [
  partsScene('buttons', 'Buttons', () => (
    <>
      {(['large', 'small'] as const).map((size) => (
        <div key={size} className="gallery-row">
          {looks.map((look) => (
            <Button key={look} look={look} size={size}>
              {look}
            </Button>
          ))}
          <Button size={size} icon="copy">
            With Icon
          </Button>
          <Button size={size} look="filled" disabled>
            Disabled
          </Button>
          <IconButton size={size} icon="more" label="More" />
          <IconButton size={size} icon="pin" label="Pressed" aria-pressed />
          <IconButton size={size} icon="trash" label="Disabled" disabled />
        </div>
      ))}
    </>
  )),
  partsScene('fields', 'Fields', () => (
    <>
      <FormRow label="Text">
        <Field label="Text" placeholder="Placeholder" />
        <span className="caption">A caption below the field.</span>
      </FormRow>
      <FormRow label="Wrong">
        <Field label="Wrong" defaultValue="a/b" error="A name can’t have a slash." />
      </FormRow>
      <FormRow label="Unit">
        <NumberField label="Unit" unit="GB" width={96} value={20} onChange={ignore} />
      </FormRow>
      <FormRow label="Address">
        <Field label="Address" mono defaultValue="ghcr.io/team/name:tag" disabled />
      </FormRow>
      <FormRow label="Choice">
        <Choice label="Choice" value="a" options={options} onChange={ignore} />
      </FormRow>
      <FormRow label="Boxes">
        <CheckBox isChosen onChoose={ignore}>
          Chosen
        </CheckBox>
        <CheckBox isChosen={false} onChoose={ignore}>
          Not chosen
        </CheckBox>
      </FormRow>
    </>
  )),
  partsScene('notes', 'Notes and problems', () => (
    <>
      {(['neutral', 'info', 'good', 'warning', 'failed'] as const).map((look) => (
        <Note key={look} look={look} action={<Button size="small">Do It</Button>}>
          <b>A note that is {look}.</b> It says what one should know at the place where it matters.
        </Note>
      ))}
      <Problem title="The import did not begin" error={wholeError} />
    </>
  )),
  partsScene('marks', 'States, health, tags, icons', () => (
    <TagColours value={tagColours(tags)}>
      <div className="gallery-row">
        {variedLibrary().map((vm) => (
          <StateMark key={vm.id} vm={vm} />
        ))}
      </div>
      <div className="gallery-row">
        {(['starting', 'healthy', 'unhealthy', 'unknown'] as const).map((state) => (
          <HealthMark key={state} health={{ state, since: then, failures: 0 }} />
        ))}
      </div>
      <div className="gallery-row">
        {tags.map((tag) => (
          <TagChip key={tag} tag={tag} onRemove={ignore} />
        ))}
        <Sparkline values={[0.1, 0.4, 0.2, 0.9, 0.5]} />
        <Sparkline series="second" values={[0.5, 0.5, 0.6, 0.6, 0.7]} />
      </div>
      <div className="gallery-row">
        {iconNames.map((name) => (
          <Icon key={name} name={name} />
        ))}
      </div>
    </TagColours>
  )),
  ownSheetScene('confirm', 'A question before something is lost', () => (
    <Confirm
      title="Force “web-server” to stop?"
      text="As pulling the plug would: what the guest has not written to its disk is lost."
      verb="Force Stop"
      onConfirm={ignore}
      onCancel={ignore}
    />
  )),
];
