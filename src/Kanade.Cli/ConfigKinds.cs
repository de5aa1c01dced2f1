using Kanade.Corpus;
using Kanade.Synthesis;
using Kanade.Training;

namespace Kanade.Cli;

/// <summary>
/// The one table of what a configuration file can be: the value of its top-level key <c>kind</c>, and the record that it binds to.
/// </summary>
static class ConfigKinds
{
    public static IReadOnlyDictionary<string, Type> All { get; } = new Dictionary<string, Type>
    {
        ["preprocess"] = typeof(PreprocessConfig),
        [AlignerStage.Name] = typeof(AlignerStageConfig),
        [PitchStage.Name] = typeof(PitchStageConfig),
        [PhonemeBertStage.Name] = typeof(PhonemeBertStageConfig),
        [FirstStage.Name] = typeof(FirstStageConfig),
        [SecondStage.Name] = typeof(SecondStageConfig),
        ["voice"] = typeof(VoiceConfig),
    };
}
