using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Kanade.Tests.Architecture;

public sealed class ProjectTests
{
    /// <summary>The one direction. Training and Synthesis name what reaches them through Corpus and Models anyway.</summary>
    static readonly Dictionary<string, string[]> MayReference = new()
    {
        ["Kanade.Torch"] = [],
        ["Kanade.Text"] = [],
        ["Kanade.Audio"] = ["Kanade.Torch"],
        ["Kanade.Corpus"] = ["Kanade.Text", "Kanade.Audio"],
        ["Kanade.Models"] = ["Kanade.Torch", "Kanade.Audio"],
        ["Kanade.Training"] = ["Kanade.Torch", "Kanade.Text", "Kanade.Audio", "Kanade.Corpus", "Kanade.Models"],
        ["Kanade.Synthesis"] = ["Kanade.Torch", "Kanade.Text", "Kanade.Audio", "Kanade.Models"],
        ["Kanade.Serving"] = ["Kanade.Synthesis"],
        ["Kanade.Cli"] =
        [
            "Kanade.Torch", "Kanade.Text", "Kanade.Audio", "Kanade.Corpus", "Kanade.Models", "Kanade.Training", "Kanade.Synthesis", "Kanade.Serving",
        ],
    };

    static readonly IReadOnlyList<string> Projects = [.. Repository.Files.Where(file => file.StartsWith("src/", StringComparison.Ordinal) && file.EndsWith(".csproj", StringComparison.Ordinal))];

    [Fact]
    public void Projects_reference_in_one_direction_only()
    {
        Assert.NotEmpty(Projects);
        var wrong = Projects.SelectMany(project => References(project, "ProjectReference")
            .Select(reference => (From: Name(project), To: Name(reference)))
            .Where(reference => !MayReference.GetValueOrDefault(reference.From, []).Contains(reference.To)));
        Assert.Empty(wrong);
        Assert.All(Projects, project => Assert.Contains(Name(project), MayReference.Keys));
        Assert.Contains("<DisableTransitiveProjectReferences>true", Repository.Read("src/Directory.Build.props"));
    }

    [Theory]
    [InlineData("libtorch-cpu-linux-x64")]
    [InlineData("TorchSharp-cuda-linux")]
    [InlineData("System.CommandLine")]
    [InlineData("YamlDotNet")]
    [InlineData("Serilog.Sinks.File")]
    public void Only_the_program_references(string package) =>
        Assert.Equal(["src/Kanade.Cli/Kanade.Cli.csproj"], Projects.Where(project => References(project, "PackageReference").Contains(package)));

    [Fact]
    public void The_frontend_knows_no_package_and_no_tensor() =>
        Assert.Empty(References("src/Kanade.Text/Kanade.Text.csproj", "PackageReference"));

    [Fact]
    public void Versions_are_central_and_locked() => Assert.All(Projects.Append("tests/Kanade.Tests/Kanade.Tests.csproj"), project =>
    {
        Assert.DoesNotMatch("<PackageReference[^>]*Version=", Repository.Read(project));
        Assert.Contains(Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json"), Repository.Files);
    });

    [Fact]
    public void Every_project_says_why_it_is_as_it_is() =>
        Assert.All(Projects, project => Assert.Contains(Path.Combine(Path.GetDirectoryName(project)!, "README.md"), Repository.Files));

    [Fact]
    public void The_top_level_holds_what_the_plan_names_and_nothing_else()
    {
        string[] plan = ["Configs", "Kanade.Train.sln", "README.md", "global.json", "scripts", "src", "tests"];
        var visible = Repository.Files.Select(file => file.Split('/')[0]).Distinct().Where(entry => entry[0] != '.');
        Assert.Empty(visible.Except(plan));
    }

    [Fact]
    public void No_file_has_a_name_that_says_nothing()
    {
        var empty = new Regex(@"(Utils?|Helpers?|Common|Manager|Misc|Base|Info)\.cs$|/(Utils?|Helpers?|Common|Misc)/");
        Assert.DoesNotContain(Repository.Files, file => empty.IsMatch(file));
    }

    [Fact]
    public void No_file_names_a_package_registry_or_a_path_of_one_machine()
    {
        // Put together here, so that this file does not hold what it looks for.
        var forbidden = new Regex(string.Join('|', "api.nuget" + @"\.org", "registry.npm" + "js", "deb.debian" + @"\.org", @"(?<![\w.])/(work|root|home/\w+)" + "/"));
        string[] text = [".cs", ".csproj", ".props", ".sln", ".sh", ".yml", ".md", ".json", ".tsv", ".py", ""];
        var found = Repository.Files
            .Where(file => text.Contains(Path.GetExtension(file)))
            .SelectMany(file => forbidden.Matches(Repository.Read(file)).Select(match => $"{file}: {match.Value}"));
        Assert.Empty(found);
    }

    [Fact]
    public void Unicode_is_not_invariant_so_that_half_width_kana_normalises() =>
        Assert.Equal("アパート1", "ｱﾊﾟｰﾄ①".Normalize(System.Text.NormalizationForm.FormKC));

    static string Name(string project) => Path.GetFileNameWithoutExtension(project);

    static IEnumerable<string> References(string project, string element) =>
        XDocument.Parse(Repository.Read(project)).Descendants(element).Select(reference => (string)reference.Attribute("Include")!);
}
