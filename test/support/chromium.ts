import { type Browser, chromium } from 'playwright-core'
import { CHROMIUM, CHROMIUM_ABSENT } from './media/tools.ts'

/** Why tests with a browser are skipped here; false where they run. */
export const NO_CHROMIUM: string | false = CHROMIUM === undefined ? CHROMIUM_ABSENT : false

/** The machine's Chromium, without a window, that reaches nothing but loopback addresses. */
export async function openChromium(): Promise<Browser> {
  return chromium.launch({
    ...(CHROMIUM === undefined ? {} : { executablePath: CHROMIUM }),
    args: [
      // Its sandbox needs rights that root in a container does not have; it is shown nothing but our own files.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      '--autoplay-policy=no-user-gesture-required',
      '--mute-audio',
      // A page nobody looks at is slowed down else.
      '--disable-background-timer-throttling',
      '--disable-renderer-backgrounding',
    ],
  })
}
