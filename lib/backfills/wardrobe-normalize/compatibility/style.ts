import type { Table } from './table.ts';

/** Which values of `style` go together: both ways, unless said otherwise. */
export const styleTable: Table = {
  both: {
    classic: `academic androgynous balanced bold business business_casual casual dark_academia elegant formal geometric intellectual
      minimalist modern nautical old_money perforated polished preppy professional retro sleek smart_casual sophisticated statement
      textured timeless traditional unisex vintage winter`,
    modern: `androgynous balanced bold casual_cool clean contemporary experimental fashion_forward gender_neutral geometric minimalist
      perforated sleek statement techwear textured trendy unisex urban`,
    casual: `athleisure balanced basic business_casual casual_cool coastal_chic cozy everyday grunge nautical perforated relaxed
      smart_casual streetwear summer textured`,
    minimalist: `androgynous balanced basic casual_cool clean contemporary everyday gender_neutral geometric intellectual simple sleek
      timeless unisex winter`,
    edgy: `alternative avant_garde bold experimental grunge punk statement streetwear urban y2k`,
    romantic: `bohemian boho coastal_chic coastal_grandma cottagecore eclectic elegant summer`,
    streetwear: `alternative bold casual_cool grunge punk trendy urban y2k`,
    artsy: `artistic avant_garde creative eclectic experimental fashion_forward`,
    bohemian: `artistic boho cottagecore eclectic summer textured`,
    formal: `business elegant polished professional semi_formal sophisticated`,
    old_money: `polished preppy sophisticated timeless traditional vintage`,
    athleisure: `active athletic sporty techwear workout`,
    business_casual: `balanced business preppy professional smart_casual`,
    coastal_chic: `coastal_grandma maritime nautical relaxed summer`,
    dark_academia: `academic intellectual traditional vintage winter`,
    athletic: `active sporty techwear workout`,
    avant_garde: `artistic creative experimental fashion_forward`,
    contemporary: `balanced geometric perforated sleek`,
    preppy: `maritime nautical polished traditional`,
    retro: `bold geometric vintage y2k`,
    androgynous: `balanced gender_neutral unisex`,
    business: `polished professional smart_casual`,
    coastal_grandma: `boho cottagecore relaxed`,
    cozy: `cottagecore relaxed winter`,
    eclectic: `artistic boho creative`,
    vintage: `cottagecore timeless traditional`,
    academic: `intellectual traditional`,
    active: `sporty workout`,
    alternative: `grunge punk`,
    everyday: `balanced relaxed`,
    simple: `basic clean`,
    statement: `bold fashion_forward`,
    creative: `experimental`,
    elegant: `sophisticated`,
    gender_neutral: `unisex`,
    grunge: `punk`,
    maritime: `nautical`,
    polished: `sleek`,
    professional: `smart_casual`,
    sporty: `workout`,
    techwear: `urban`,
    trendy: `y2k`,
  },
  oneWay: {},
};
