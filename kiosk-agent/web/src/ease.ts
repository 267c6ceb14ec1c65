/**
 * Ease is how somebody wants the pages. What she chooses stays until nobody
 * touches them any more.
 */
export interface Ease {
  /** Larger, and fewer choices; undefined: as her card says how old she is. */
  elder?: boolean;
  /** All that is touched lies in the lower half. */
  wheel: boolean;
  contrast: boolean;
  /** The pages say what they want; undefined: as the machine is set up. */
  voice?: boolean;
  /** The BCP 47 tag of the language; undefined: Chinese. */
  language?: string;
}

/** Setting is a part of it that is chosen anew. */
export type Setting = Partial<Ease>;

/** EASE is the pages as they are for everybody. */
export const EASE: Ease = { wheel: false, contrast: false };

/** eased is ease with a setting; without any it is EASE itself. */
export function eased(ease: Ease, setting: Setting): Ease {
  const { elder, wheel, contrast, voice, language } = { ...ease, ...setting };
  const chosen = [elder, voice, language].some((wish) => wish !== undefined);
  if (!chosen && !wheel && !contrast) return EASE;
  return { elder, wheel, contrast, voice, language };
}
