import type { OpeningHours } from './google-place.ts';

/** From and to which hour each day is open, Sunday first; `null`: closed. */
type Week = readonly (readonly [number, number] | null)[];

const every = (open: number, close: number): Week => Array.from({ length: 7 }, () => [open, close] as const);

const weeks: readonly Week[] = [
  every(6, 22),
  every(7, 23),
  every(5, 21),
  [[9, 18], ...every(8, 21).slice(1)],
  [null, ...every(10, 19).slice(1)],
  [null, null, ...every(11, 22).slice(2)],
];

const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

// Google sets a narrow no-break space before AM and thin spaces around the dash.
const clock = (hour: number): string => `${hour % 12 || 12}:00\u202f${hour < 12 ? 'AM' : 'PM'}`;

function describe(week: Week): Omit<OpeningHours, 'openNow'> {
  return {
    periods: week.flatMap((hours, day) =>
      hours ? [{ open: { day, hour: hours[0], minute: 0 }, close: { day, hour: hours[1], minute: 0 } }] : [],
    ),
    weekdayDescriptions: [1, 2, 3, 4, 5, 6, 0].map((day) => {
      const hours = week[day];
      return `${dayNames[day]}: ${hours ? `${clock(hours[0])}\u2009–\u2009${clock(hours[1])}` : 'Closed'}`;
    }),
  };
}

const dayAndNight: Omit<OpeningHours, 'openNow'> = {
  periods: [{ open: { day: 0, hour: 0, minute: 0 } }],
  weekdayDescriptions: [1, 2, 3, 4, 5, 6, 0].map((day) => `${dayNames[day]}: Open 24 hours`),
};

/** The weeks that sample places choose from; shared, never to be changed. */
export const openingHours: readonly Omit<OpeningHours, 'openNow'>[] = [...weeks.map(describe), dayAndNight];
