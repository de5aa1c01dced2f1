using CsCheck;
using Kanade.Torch;

namespace Kanade.Tests.Torch;

public sealed class CounterSeedTests
{
    [Fact]
    public void The_same_place_gives_the_same_seed_and_another_place_another() =>
        Gen.Select(Gen.Long, Gen.Long, Gen.Long).Sample((seed, step, rank) =>
            CounterSeed.Of(seed, step, rank) == CounterSeed.Of(seed, step, rank)
            && CounterSeed.Of(seed, step, rank) >= 0
            && CounterSeed.Of(seed, step, rank) != CounterSeed.Of(seed, step + 1, rank)
            && CounterSeed.Of(seed, step, rank) != CounterSeed.Of(seed, step, rank + 1)
            && CounterSeed.Of(seed, step, rank) != CounterSeed.Of(seed + 1, step, rank));
}
