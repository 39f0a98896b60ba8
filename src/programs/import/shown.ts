/** Formats a number of lines for messages. */
export function shownLines(count: number): string {
  return `${shownNumber(count)} ${count === 1 ? 'line' : 'lines'}`;
}

export function shownNumber(count: number): string {
  return count.toLocaleString('en-US');
}
