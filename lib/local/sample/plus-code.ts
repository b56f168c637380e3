const ALPHABET = '23456789CFGHJMPQRVWX';

/** An Open Location Code of ten digits. Source: the Open Location Code specification (google/open-location-code). */
export function plusCode(latitude: number, longitude: number): string {
  // Whole units of 1/8000 degree, so that no digit suffers from binary fractions.
  let lat = Math.floor((latitude + 90) * 8000 + 1e-6);
  let lon = Math.floor((longitude + 180) * 8000 + 1e-6);
  let code = '';
  for (let pair = 0; pair < 5; pair += 1) {
    code = `${ALPHABET.charAt(lat % 20)}${ALPHABET.charAt(lon % 20)}${code}`;
    lat = Math.floor(lat / 20);
    lon = Math.floor(lon / 20);
  }
  return `${code.slice(0, 8)}+${code.slice(8)}`;
}
