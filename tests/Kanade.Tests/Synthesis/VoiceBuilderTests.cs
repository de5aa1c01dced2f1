using System.Globalization;
using Kanade.Synthesis;

namespace Kanade.Tests.Synthesis;

public sealed class VoiceBuilderTests
{
    [Theory]
    [InlineData("a/neutral", "a/happy=30", "a/neutral=20", "b/normal=10")]
    [InlineData("b/Normal", "a/happy=30", "a/neutral=20", "b/Normal=25")]
    [InlineData("a/sad", "a/happy=30", "a/sad=31")]
    [InlineData("a", "a=5", "b=5")]
    [InlineData("b", "neutral=5", "b=6")]                       // a speaker of that name is no style
    [InlineData(null)]
    public void The_default_style_is_the_largest_neutral_one_else_the_largest(string? expected, params string[] styles)
    {
        var utterances = styles.Select(s => s.Split('=')).ToDictionary(s => s[0], s => int.Parse(s[1], CultureInfo.InvariantCulture));
        Assert.Equal(expected, VoiceBuilder.DefaultStyle(utterances));
    }
}
