import type { ReactElement, ReactNode } from 'react';
import { Button } from '../../components/button.tsx';
import { PageToolbar } from '../../collection/page-toolbar.tsx';
import { BrowsersCard } from './browsers-card.tsx';
import { HomesCard } from './homes-card.tsx';
import { GeneralCard, NewMachinesCard, RegistriesCard } from './settings-cards.tsx';
import { SettingsProblems } from './settings-problems.tsx';
import { useSettings } from './use-settings.ts';
import './settings.css';

/** Everything that can be set; each change is in force at once, here and wherever else Tatin runs. */
export function SettingsPage({ banners }: { banners: ReactNode }): ReactElement {
  const inUse = useSettings();
  const { report } = inUse;
  return (
    <>
      <PageToolbar title="Settings" caption="Changes apply at once.">
        <Button icon="reset" disabled={report === undefined} onClick={() => inUse.reset()}>
          Reset All
        </Button>
      </PageToolbar>
      {banners}
      <div className="body">
        <div className="pane page" data-region="content" tabIndex={-1} aria-busy={report === undefined}>
          <SettingsProblems inUse={inUse} />
          {report === undefined ? null : (
            <>
              <GeneralCard inUse={inUse} settings={report.settings} />
              <NewMachinesCard inUse={inUse} settings={report.settings} />
              <RegistriesCard inUse={inUse} settings={report.settings} />
            </>
          )}
          <HomesCard />
          <BrowsersCard />
          {report === undefined ? null : <p className="caption">Settings are kept in {report.file}.</p>}
        </div>
      </div>
    </>
  );
}
