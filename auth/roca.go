package auth

import "math/big"

// rocaPrimes are the small primes whose product is part of the constant that
// the flawed library builds primes of every key size with.
var rocaPrimes = []int64{
	3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
	101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
}

// guessable reports whether an RSA modulus has the mark of CVE-2017-15361
// ("ROCA"): it is a power of 65537 modulo each of these primes. Its primes can
// then be found with some effort. A sound modulus has the mark by accident
// less often than once in a hundred million.
func guessable(modulus *big.Int) bool {
	for _, p := range rocaPrimes {
		want := new(big.Int).Mod(modulus, big.NewInt(p)).Int64()
		power := int64(1)
		for power != want {
			if power = power * 65537 % p; power == 1 {
				return false
			}
		}
	}
	return true
}
