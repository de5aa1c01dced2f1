namespace Kanade.Tests.EndToEnd;

public sealed class ColdStartTests
{
    /// <summary>libtorch takes half a second and half a gigabyte of address space: a verb that computes nothing must not load it.</summary>
    [Theory]
    [InlineData("--help")]
    [InlineData("train", "--help")]
    [InlineData("config", "check", "no-such.yml")]
    [InlineData("phonemize", "--json", "今日はいい天気ですね。")]
    public void A_verb_without_tensors_does_not_load_libtorch(params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        var trace = Path.Combine(folder.Path, "loader");
        using var program = BuiltProgram.Start(arguments, environment: new Dictionary<string, string?> { ["LD_DEBUG"] = "files", ["LD_DEBUG_OUTPUT"] = trace });
        program.WaitForExit();
        var loaded = Directory.GetFiles(folder.Path).SelectMany(File.ReadLines).ToList();
        Assert.Contains(loaded, line => line.Contains("libcoreclr", StringComparison.Ordinal));
        Assert.DoesNotContain(loaded, line => line.Contains("libtorch", StringComparison.OrdinalIgnoreCase));
    }
}
