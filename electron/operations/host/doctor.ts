import type { Area } from '../operation.ts';
import type { LoadedServices } from '../services.ts';
import { diagnostics } from './doctor-service.ts';

/** Operations of the doctor. */
export const doctor: Area<'doctor', LoadedServices> = {
  needs: 'everything',
  procedures: async () => (await import('../../contract/doctor.ts')).doctorProcedures,
  rows: {
    'doctor.examine': (services, _input, signal) => services.doctor.examine(signal),
    // Does not end with the page that asked: half a repair is none.
    'doctor.fix': (services, { checkId, fixId }) => services.doctor.fix(checkId, fixId, new AbortController().signal),
    'doctor.diagnostics': (services, _input, signal) => diagnostics(services, signal),
  },
};
