using System.CommandLine;

namespace Kanade.Cli;

/// <summary>The verbs, in the order in which a voice comes to be. Each has a file of its own.</summary>
static class Verbs
{
    public static RootCommand Create(CommandContext context) => new("Recordings to a Japanese voice, and text to speech with it.")
    {
        PreprocessCommand.Create(context),
        TrainCommands.Pretrain(context),
        AlignCommand.Create(context),
        TrainCommands.First(context),
        TrainCommands.Second(context),
        SynthCommand.Create(context),
        new Command("evaluate", "Score what was trained.") { EvaluateVoiceCommand.Create(context), EvaluatePitchCommand.Create(context) },
        VoiceCommand.Create(context),
        ImportCommand.Create(context),
        InspectCommand.Create(context),
        PhonemizeCommand.Create(context),
        ConfigCommand.Create(context),
        DoctorCommand.Create(context),
    };
}
