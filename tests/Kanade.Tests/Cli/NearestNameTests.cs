using CsCheck;
using Kanade.Cli;

namespace Kanade.Tests.Cli;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("hop_len", "hop_length")]
    [InlineData("samplerate", "sample_rate")]
    [InlineData("smaple_rate", "sample_rate")]
    [InlineData("bathc", null)]
    [InlineData("", null)]
    public void The_nearest_name_is_found_and_a_far_one_is_not_offered(string written, string? expected) =>
        Assert.Equal(expected, NearestName.In(["hop_length", "sample_rate", "upsample_rates"], written));

    [Fact]
    public void The_distance_is_zero_only_to_itself_and_the_same_both_ways() =>
        Gen.Select(Gen.String[Gen.Char['a', 'd'], 0, 8], Gen.String[Gen.Char['a', 'd'], 0, 8]).Sample((a, b) =>
        {
            Assert.Equal(a == b, NearestName.Distance(a, b) == 0);
            Assert.Equal(NearestName.Distance(a, b), NearestName.Distance(b, a));
        }, threads: 1);
}
