import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LayerBoard } from './layer-board.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A board of two layers of 100 bytes each, and what it told: the bytes and the letters. */
function newBoard(): { board: LayerBoard; told: [number, string][] } {
  const told: [number, string][] = [];
  const board = new LayerBoard([100, 100], (bytesDone, _total, { states }) => told.push([bytesDone, states]));
  return { board, told };
}

describe('LayerBoard', () => {
  it('tells at once when a layer begins and ends, and now and then how far it is', () => {
    const { board, told } = newBoard();
    board.set(0, 'f');
    for (let bytes = 1; bytes < 100; bytes++) board.set(0, 'f', bytes);
    board.set(0, 'v');
    expect(told).toEqual([
      [0, 'fw'],
      [100, 'vw'],
    ]);
    vi.advanceTimersByTime(10_000);
    expect(told).toHaveLength(2);
  });

  it('tells the last of what came though nothing comes after it', () => {
    const { board, told } = newBoard();
    board.set(0, 'f');
    board.set(0, 'f', 40);
    board.set(0, 'f', 60);
    expect(told).toEqual([[0, 'fw']]);
    vi.advanceTimersByTime(100);
    expect(told.at(-1)).toEqual([60, 'fw']);
    vi.advanceTimersByTime(10_000);
    expect(told).toHaveLength(2);
  });

  it('tells nothing by itself after its end', () => {
    const { board, told } = newBoard();
    board.set(0, 'f');
    board.set(0, 'f', 40);
    board[Symbol.dispose]();
    vi.advanceTimersByTime(10_000);
    expect(told).toHaveLength(1);
  });
});
