import { Tabs } from 'radix-ui';
import { type ReactElement, useEffect, useState } from 'react';
import { Button } from '../components/button.tsx';
import { useApp } from '../state/app.tsx';
import { Toast } from './toast.tsx';
import '../features/library/library.css';
import '../collection/page.css';
import { HomesCard } from '../features/settings/homes-card.tsx';
import { GeneralCard, NewMachinesCard, RegistriesCard } from '../features/settings/settings-cards.tsx';
import { SettingsProblems } from '../features/settings/settings-problems.tsx';
import { useSettings } from '../features/settings/use-settings.ts';
import '../features/settings/settings.css';

const tabs = [
  { value: 'general', label: 'General' },
  { value: 'machines', label: 'New Machines' },
  { value: 'images', label: 'Images' },
  { value: 'homes', label: 'Homes' },
] as const;

const tabKey = 'tatin.settings.tab';

/** The tab that was open last. */
function lastTab(): string {
  const last = localStorage.getItem(tabKey);
  return tabs.some(({ value }) => value === last) && last !== null ? last : 'general';
}

/** The settings in a window of their own: Changes apply at once., and Escape closes it. */
export function SettingsWindow(): ReactElement {
  const { shell } = useApp();
  const inUse = useSettings();
  const { report } = inUse;
  const [tab, setTab] = useState(lastTab);
  useCloseByEscape();
  const choose = (value: string): void => {
    setTab(value);
    localStorage.setItem(tabKey, value);
  };
  return (
    <Tabs.Root className="settings-window" value={tab} onValueChange={choose}>
      <header className="toolbar" data-region="toolbar">
        {shell.platform === 'darwin' ? <span className="settings-lights" /> : null}
        <Tabs.List className="segments settings-tabs" aria-label="Settings">
          {tabs.map(({ value, label }) => (
            <Tabs.Trigger key={value} value={value}>
              {label}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Button size="small" disabled={report === undefined} onClick={() => inUse.reset()}>
          Reset All
        </Button>
      </header>
      <main className="pane page" aria-busy={report === undefined}>
        <h1 className="visually-hidden">Settings</h1>
        <SettingsProblems inUse={inUse} />
        {report === undefined ? null : (
          <>
            <Tabs.Content value="general">
              <GeneralCard inUse={inUse} settings={report.settings} />
            </Tabs.Content>
            <Tabs.Content value="machines">
              <NewMachinesCard inUse={inUse} settings={report.settings} />
            </Tabs.Content>
            <Tabs.Content value="images">
              <RegistriesCard inUse={inUse} settings={report.settings} />
            </Tabs.Content>
          </>
        )}
        <Tabs.Content value="homes">
          <HomesCard />
        </Tabs.Content>
        {report === undefined ? null : <p className="caption">Settings are kept in {report.file}.</p>}
      </main>
      <Toast />
    </Tabs.Root>
  );
}

/** A sheet takes its Escape for itself. */
function useCloseByEscape(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented) window.close();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
