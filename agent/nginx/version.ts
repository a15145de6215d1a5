/** Whether a version such as `1.22.1` is the other one or later. */
export function atLeast(version: string, other: string): boolean {
  const [a, b] = [version, other].map((text) => text.split('.').map((part) => Number.parseInt(part, 10)))
  for (const [index, part] of b!.entries()) {
    const mine = a![index] ?? 0
    if (mine !== part) return mine > part
  }
  return true
}
