import { useEffect } from 'react';
import { createStore, useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { Client } from '../../electron/contract/contract.ts';
import type { Diagnosis } from '../../electron/contract/doctor.ts';
import { AppError, type ErrorInfo } from '../../electron/contract/errors.ts';
import { useApp } from './app.tsx';

/** What the doctor found, as last asked. */
export interface DiagnosisState {
  /** Undefined until it was asked for the first time. */
  readonly diagnosis: Diagnosis | undefined;
  readonly isLooking: boolean;
  readonly error: ErrorInfo | undefined;
}

type DiagnosisStore = ReturnType<typeof openDiagnosis>;

function openDiagnosis() {
  return createStore<DiagnosisState>(() => ({ diagnosis: undefined, isLooking: false, error: undefined }));
}

/** One for each client: the sidebar shows in a few figures what the page shows in full. */
const stores = new WeakMap<Client, DiagnosisStore>();

function storeOf(client: Client): DiagnosisStore {
  const known = stores.get(client) ?? openDiagnosis();
  stores.set(client, known);
  return known;
}

/** A part of what the doctor found; compared shallowly. */
export function useDiagnosis<T>(pick: (state: DiagnosisState) => T): T {
  return useStore(storeOf(useApp().client), useShallow(pick));
}

/** Looks again. What was found before stays in sight meanwhile. */
export async function examine(client: Client): Promise<void> {
  const store = storeOf(client);
  if (store.getState().isLooking) return;
  store.setState({ isLooking: true });
  try {
    store.setState({ diagnosis: await client.call('doctor.examine', {}), error: undefined });
  } catch (error) {
    store.setState({ error: AppError.from(error).toInfo() });
  } finally {
    store.setState({ isLooking: false });
  }
}

/** Looks when the page is opened and nothing was found yet. */
export function useFirstExamination(): void {
  const { client } = useApp();
  useEffect(() => {
    if (storeOf(client).getState().diagnosis === undefined) void examine(client);
  }, [client]);
}

export function failedChecks(diagnosis: Diagnosis | undefined): number {
  return diagnosis?.checks.filter(({ state }) => state === 'failed').length ?? 0;
}
