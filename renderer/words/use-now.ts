import { useEffect, useState } from 'react';

/** The time, in milliseconds since the epoch, told anew every so often: for texts that say how long something is. */
export function useNow(intervalMs: number): number {
  const [nowMs, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), intervalMs);
    return () => clearInterval(timer);
  }, [intervalMs]);
  return nowMs;
}
