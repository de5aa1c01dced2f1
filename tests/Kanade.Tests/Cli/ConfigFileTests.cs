using Kanade.Cli;

namespace Kanade.Tests.Cli;

public enum Shape { RoundHat, FlatHat }

public sealed record SoundConfig(int SampleRate, int[] UpsampleRates, int HopLength = 300, int IstftHop = 5)
{
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (UpsampleRates.Aggregate(IstftHop, (a, b) => a * b) is var samples && samples != HopLength)
            yield return (nameof(UpsampleRates), $"gives {samples} samples a frame, hop_length is {HopLength}");
    }
}

public sealed record PhaseConfig(string Name, long Steps, double Rate = 1e-4);

public sealed record OptionalPartConfig(double Dropout = 0.1, Shape Shape = Shape.RoundHat, Shape? Second = Shape.FlatHat, double? Most = 3);

public sealed record StageConfig(
    SoundConfig Audio,
    OptionalPartConfig Network,
    IReadOnlyList<PhaseConfig> Phases,
    string? Note = null,
    int? Limit = null,
    bool Shuffle = true)
{
    public IReadOnlyList<double> Betas { get; init; } = [0.9, 0.99];

    public IReadOnlyDictionary<string, double> Weights { get; init; } = new Dictionary<string, double>();

    public int Derived => Phases.Count;
}

public sealed class ConfigFileTests : IDisposable
{
    const string Right = """
        kind: stage
        audio:
          sample_rate: 24000
          upsample_rates: [10, 6]
        phases:
          - name: start
            steps: 10
          - { name: joint, steps: 20, rate: 5e-5 }
        """;

    static readonly Dictionary<string, Type> Kinds = new() { ["stage"] = typeof(StageConfig), ["sound"] = typeof(SoundConfig) };

    readonly string _folder = Directory.CreateTempSubdirectory("kanade-config-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_binds_to_its_records_with_defaults_for_what_it_leaves_out()
    {
        var stage = (StageConfig)Read(Right).Value;
        Assert.Equal(24_000, stage.Audio.SampleRate);
        Assert.Equal([10, 6], stage.Audio.UpsampleRates);
        Assert.Equal(300, stage.Audio.HopLength);
        Assert.Equal(new OptionalPartConfig(), stage.Network);
        Assert.Equal([new PhaseConfig("start", 10), new PhaseConfig("joint", 20, 5e-5)], stage.Phases);
        Assert.Equal([0.9, 0.99], stage.Betas);
        Assert.Null(stage.Limit);
        Assert.True(stage.Shuffle);
    }

    [Fact]
    public void Nullable_keys_enums_init_properties_and_dictionaries_bind()
    {
        var stage = (StageConfig)Read(Right + """

            network: { shape: flat_hat, dropout: 0 }
            note: "24"
            limit: 7
            shuffle: false
            betas: [0.8, 1]
            weights: { mel: 5, adversarial: 1.5 }
            """).Value;
        Assert.Equal(new OptionalPartConfig(0, Shape.FlatHat), stage.Network);
        Assert.Equal(("24", 7, false), (stage.Note, stage.Limit, stage.Shuffle));
        Assert.Equal([0.8, 1], stage.Betas);
        Assert.Equal(5, stage.Weights["mel"]);
        Assert.Null(((StageConfig)Read(Right + "\nlimit: null").Value).Limit);
    }

    [Fact]
    public void Every_problem_of_a_file_is_told_at_once_with_its_place_and_what_was_meant()
    {
        AssertProblems("""
            kind: stage
            audio:
              sample_rate: fast
              hop_len: 300
              upsample_rates: [10, 6, 2.5]
            network: { shape: flathat }
            phases:
              - steps: 10
            shuffle: yes
            weights: [1]
            """,
            "x.yml:4:3: audio.hop_len: unknown key; did you mean 'hop_length'?",
            "x.yml:3:16: audio.sample_rate: expected a whole number, found 'fast'",
            "x.yml:5:27: audio.upsample_rates[2]: expected a whole number, found '2.5'",
            "x.yml:6:19: network.shape: expected one of round_hat, flat_hat, found 'flathat'; did you mean 'flat_hat'?",
            "x.yml:8:5: phases[0].name: missing; expected a text",
            "x.yml:9:10: shuffle: expected true or false, found 'yes'",
            "x.yml:10:10: weights: expected keys, each with a number, found a list");
    }

    [Fact]
    public void Keys_that_do_not_fit_each_other_are_told_where_they_stand() =>
        AssertProblems(Right.Replace("sample_rate: 24000", "sample_rate: 24000\n  hop_length: 256"),
            "x.yml:5:3: audio.upsample_rates: gives 300 samples a frame, hop_length is 256");

    [Theory]
    [InlineData("kind: stagee", "x.yml:1:7: kind: expected one of sound, stage, found 'stagee'; did you mean 'stage'?")]
    [InlineData("audio: 1", "x.yml:1:1: kind: missing; expected one of sound, stage")]
    [InlineData("", "x.yml: the file is empty")]
    [InlineData("- a", "x.yml:1:1: a configuration is keys and values")]
    [InlineData("kind: sound\nsample_rate: [1", "x.yml:3:1: not YAML")]
    [InlineData("kind: sound\n\tsample_rate: 1", "x.yml:1:7: not YAML")]
    [InlineData("kind: sound\nsample_rate: *nothing", "x.yml:2:14: not YAML: *nothing stands for nothing")]
    [InlineData("kind: sound\nsample_rate: 1\nsample_rate: 2\nupsample_rates: [60]", "x.yml:3:1: sample_rate: written twice, first at x.yml:2:1")]
    [InlineData("kind: sound\nsample_rate: 99999999999\nupsample_rates: [60]", "x.yml:2:14: sample_rate: expected a whole number, found '99999999999'")]
    [InlineData("kind: sound\nsample_rate: \"24000\"\nupsample_rates: [60]", "x.yml:2:14: sample_rate: expected a whole number, found the text \"24000\"")]
    [InlineData("kind: sound\nsample_rate:\nupsample_rates: [60]", "x.yml:2:13: sample_rate: expected a whole number, found nothing")]
    [InlineData("kind: sound\n? [a]\n: 1", "x.yml:2:3: not YAML: a key must be a word")]
    [InlineData("kind: sound\nsample_rate: 1\nupsample_rates: [60]\n---\na: 1", "x.yml:4:1: a second document begins here; a configuration is one")]
    public void A_file_that_is_none_is_refused_at_the_place_where_it_stops_being_one(string yaml, string problem)
    {
        var problems = Assert.Throws<ConfigurationException>(() => Read(yaml)).Problems;
        Assert.StartsWith(problem, problems[0].Replace(_folder + "/", ""));
        Assert.All(problems, line => Assert.DoesNotContain('\n', line));
    }

    [Fact]
    public void Nesting_without_end_is_a_problem_and_not_a_crash() =>
        AssertProblems("kind: sound\nsample_rate: " + new string('[', 100_000), "x.yml:2:78: not YAML: nested deeper than 64");

    [Fact]
    public void A_verb_refuses_a_file_of_another_kind()
    {
        var path = Write("kind: sound");
        var problem = Assert.Throws<ConfigurationException>(() => ConfigFile.Read(path, [], Kinds, "stage")).Problems;
        Assert.Equal([$"{path}:1:7: kind: this verb reads a file of kind 'stage', not 'sound'"], problem);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var path = Path.Combine(_folder, "no", "such.yml");
        Assert.Equal([$"{path}: no such file"], Assert.Throws<ConfigurationException>(() => ConfigFile.Read(path, [], Kinds, null)).Problems);
    }

    [Fact]
    public void Overrides_replace_add_and_reach_into_lists()
    {
        var stage = (StageConfig)Read(Right,
            "audio.hop_length=600", "audio.upsample_rates=[10, 12]", "phases.1.steps=5", "network.dropout=0.5", "note='a: b=c'", "betas=[]").Value;
        Assert.Equal(600, stage.Audio.HopLength);
        Assert.Equal([10, 12], stage.Audio.UpsampleRates);
        Assert.Equal([10, 5], stage.Phases.Select(phase => phase.Steps));
        Assert.Equal(0.5, stage.Network.Dropout);
        Assert.Equal("a: b=c", stage.Note);
        Assert.Empty(stage.Betas);
    }

    [Fact]
    public void Overrides_are_checked_like_the_file()
    {
        var problems = Assert.Throws<ConfigurationException>(() => Read(Right,
            "audio.hop_len=300", "audio.sample_rate=fast", "audio.hop_length=256", "phases.9.steps=1", "shuffle", "betas=[1")).Problems;
        Assert.Equal(
        [
            "-o phases.9.steps=1: '9' is not the number of an item; the list has 2, counted from 0",
            "-o shuffle: expected key.path=value",
        ], problems.Take(2));
        Assert.StartsWith("-o betas=[1: not YAML", problems[2]);
        Assert.Contains("-o audio.hop_len=300: audio.hop_len: unknown key; did you mean 'hop_length'?", problems);
        Assert.Contains("-o audio.sample_rate=fast: audio.sample_rate: expected a whole number, found 'fast'", problems);
        Assert.Equal(["-o audio.hop_length=256: audio.hop_length: gives"], Assert.Throws<ConfigurationException>(() =>
            ConfigFile.Read(Write("kind: moody"), ["audio.hop_length=256"], new Dictionary<string, Type> { ["moody"] = typeof(MoodyConfig) }, null))
            .Problems.Select(problem => problem[..^" it up".Length]));
    }

    public sealed record MoodyPart(int HopLength = 1);

    public sealed record MoodyConfig(MoodyPart Audio)
    {
        public IEnumerable<(string, string)> Check() => Audio.HopLength == 256 ? [("Audio.HopLength", "gives it up")] : [];
    }

    [Fact]
    public void Words_of_YAML_anchors_are_one_value_in_two_places()
    {
        var sound = (SoundConfig)Read("kind: sound\nsample_rate: &r 60\nupsample_rates: [*r]").Value;
        Assert.Equal(60, sound.SampleRate);
        Assert.Equal([60], sound.UpsampleRates);
    }

    [Fact]
    public void What_is_written_out_reads_back_equal()
    {
        var config = Read(Right, "note=\"true # 雨\\n\"", "weights={ mel: 5, 'a b': -1e-9 }", "network.shape=flat_hat");
        var yaml = ConfigWriter.ToYaml(config);
        Assert.Contains("dropout: 0.1", yaml);
        Assert.Equal(yaml, ConfigWriter.ToYaml(Read(yaml)));
        var again = (StageConfig)Read(yaml).Value;
        Assert.Equal("true # 雨\n", again.Note);
        Assert.Equal(-1e-9, again.Weights["a b"]);
        Assert.Equal(((StageConfig)config.Value).Phases, again.Phases);
    }

    ConfigFile Read(string yaml, params string[] overrides) => ConfigFile.Read(Write(yaml), overrides, Kinds, expected: null);

    void AssertProblems(string yaml, params string[] expected) => Assert.Equal(
        expected,
        Assert.Throws<ConfigurationException>(() => Read(yaml)).Problems.Select(problem => problem.Replace(_folder + "/", "")));

    string Write(string yaml)
    {
        var path = Path.Combine(_folder, "x.yml");
        File.WriteAllText(path, yaml);
        return path;
    }
}
