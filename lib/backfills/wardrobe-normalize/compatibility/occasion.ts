import type { Table } from './table.ts';

/** Which values of `occasion` go together: both ways, unless said otherwise. */
export const occasionTable: Table = {
  both: {
    casual: `active athleisure athletic beach brunch comfortable date dinner errands everyday indoor lunch outdoor party relaxed resort
      shopping smart_casual sport sports summer travel tropical vacation weekend winter`,
    formal: `ball black_tie business ceremony cocktail evening funeral gala graduation interview opera professional semi_formal wedding
      white_tie`,
    business: `brunch business_casual conference date dinner funeral interview meeting office professional semi_formal smart_casual work`,
    dinner: `brunch business_casual cocktail date evening gathering lunch night_out smart_casual social vacation`,
    brunch: `breakfast business_casual date gathering lunch smart_casual social vacation weekend`,
    business_casual: `conference date interview lunch meeting office professional smart_casual work`,
    date: `cocktail evening lunch night_out party smart_casual wedding`,
    vacation: `beach comfortable outdoor relaxed resort sightseeing summer travel tropical`,
    wedding: `celebration cocktail evening garden_party party reception semi_formal`,
    beach: `outdoor poolside relaxed resort summer tropical warm_weather`,
    funeral: `ceremony church memorial professional religious semi_formal`,
    workout: `active athletic exercise fitness gym sport sports`,
    cocktail: `evening gala night_out party semi_formal`,
    comfortable: `athleisure everyday indoor loungewear relaxed travel`,
    active: `athletic gym outdoor sport sports`,
    professional: `conference interview meeting office work`,
    athletic: `athleisure gym sport sports`,
    everyday: `indoor lunch relaxed weekend`,
    outdoor: `adventure camping hiking summer`,
    party: `celebration evening night_out social`,
    smart_casual: `semi_formal`,
    work: `conference lunch meeting office`,
    gala: `ball black_tie evening`,
    gym: `exercise fitness sport`,
    winter: `cold_weather cozy indoor`,
    night_out: `bar evening`,
    resort: `poolside tropical`,
    travel: `airplane sightseeing`,
    weekend: `lunch relaxed`,
    athleisure: `sporty`,
    conference: `meeting`,
    home: `indoor`,
    sport: `sports`,
    summer: `tropical`,
  },
  oneWay: {
    casual: `business_casual`,
    gym: `casual sports`,
    loungewear: `casual cozy everyday home indoor relaxed weekend`,
  },
};
