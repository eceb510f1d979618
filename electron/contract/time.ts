import { z } from 'zod';

/** ISO 8601 with milliseconds, UTC. */
export const timeSchema = z.iso.datetime();
