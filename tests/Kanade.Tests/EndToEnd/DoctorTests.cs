using System.Text.Json;

namespace Kanade.Tests.EndToEnd;

public sealed class DoctorTests
{
    [Fact]
    public void Doctor_finds_every_native_entry_point_and_names_what_is_missing()
    {
        using var folder = new TemporaryFolder();
        var result = BuiltProgram.Run("doctor", "--json", "--dictionary", folder.Path);
        Assert.Equal(1, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        Assert.False(json.RootElement.GetProperty("ok").GetBoolean());
        var verdicts = json.RootElement.GetProperty("findings").EnumerateArray()
            .ToDictionary(finding => finding.GetProperty("name").GetString()!, finding => finding.GetProperty("verdict").GetString());
        Assert.All(["libtorch", "ATen dispatcher", "weight norm", "bf16 autocast", "gradient hook", "fused AdamW"], name => Assert.Equal("good", verdicts[name]));
        Assert.Equal("missing", verdicts["dictionary"]);
    }

    [Fact]
    public void Nothing_needs_a_home_folder()
    {
        using var program = BuiltProgram.Start(["--version"], environment: new Dictionary<string, string?> { ["HOME"] = null, ["XDG_CONFIG_HOME"] = null });
        var result = program.WaitForExit();
        Assert.Equal((0, ""), (result.ExitCode, result.Error.Trim()));
        Assert.StartsWith("0.", result.Output);
    }
}
