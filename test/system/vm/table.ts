/** What the proof measured: one line for each claim, printed at its end. */
export class ProofTable {
  readonly #rows: [string, string][] = []

  add(claim: string, measured: string): void {
    this.#rows.push([claim, measured])
  }

  text(): string {
    return `| claim | measured |\n|---|---|\n${this.#rows.map(([claim, measured]) => `| ${claim} | ${measured} |\n`).join('')}`
  }
}
