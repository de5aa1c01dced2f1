using CsCheck;
using Kanade.Cli;

namespace Kanade.Tests.Cli;

public sealed class ConfigWriterTests
{
    static readonly string[] Awkward = ["null", "~", "1", "true", "- a", "a: b", "#", "*a", "雨\t\r\n", "'", "\"", "\u0001", "\u2028"];

    public sealed record Text(string Value, double Number, long Whole, string[] Words);

    [Fact]
    public void Any_text_and_any_number_survives_being_written_and_read()
    {
        var path = Path.GetTempFileName();
        var kinds = new Dictionary<string, Type> { ["text"] = typeof(Text) };
        var text = Gen.OneOf(Gen.String[Gen.Char['\u0020', '\u30ff'], 0, 12], Gen.Int[0, Awkward.Length - 1].Select(i => Awkward[i]));
        try
        {
            Gen.Select(text, Gen.Double[-1e300, 1e300], Gen.Long, text.Array[0, 3]).Sample((value, number, whole, words) =>
            {
                File.WriteAllText(path, ConfigWriter.ToYaml(new ConfigFile("text", new Text(value, number, whole, words))));
                var read = (Text)ConfigFile.Read(path, [], kinds, "text").Value;
                Assert.Equal((value, number, whole), (read.Value, read.Number, read.Whole));
                Assert.Equal(words, read.Words);
            }, iter: 300, threads: 1);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
